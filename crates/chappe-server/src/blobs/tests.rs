use super::*;

/// Admits parts that were not there before.
fn admit(parts: &mut Parts, all: &[(u64, u64)]) -> Result<(), PartError> {
    all.iter().try_for_each(|(part, len)| parts.admit(*part, *len, None))
}

#[test]
fn parts_come_in_any_order() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
        let mut parts = Parts::default();
        let all: Vec<_> = order.iter().map(|part| (*part, if *part == 2 { 77 } else { 1024 })).collect();
        admit(&mut parts, &all).unwrap_or_else(|error| panic!("{order:?}: {error:?}"));
        let expected = Parts { count: 3, size: 2125, part_len: 1024, highest: 2, highest_len: 77, total: 0 };
        assert_eq!(parts, expected, "{order:?}");
    }
}

#[test]
fn parts_that_do_not_go_together_are_named() {
    let refused = |all: &[(u64, u64)]| admit(&mut Parts::default(), all).unwrap_err();
    assert_eq!(refused(&[(0, 100), (1, 1024)]), PartError::SizeInvalid);
    assert_eq!(refused(&[(1, 1024), (0, 100)]), PartError::SizeInvalid);
    assert_eq!(refused(&[(0, 3072), (1, 1024)]), PartError::SizeInvalid, "it does not divide 512 KiB");
    assert_eq!(refused(&[(0, 1024), (1, 2048)]), PartError::SizeChanged);
    assert_eq!(refused(&[(2, 2048), (0, 1024)]), PartError::SizeChanged);
    assert_eq!(refused(&[(0, 1024), (1, 1024), (2, 512), (3, 512)]), PartError::SizeInvalid);
    assert_eq!(refused(&[(0, 2048), (1, 1024), (2, 1024)]), PartError::SizeChanged);
    let mut parts = Parts::default();
    admit(&mut parts, &[(0, 1024), (1, 10)]).unwrap();
    assert_eq!(parts.admit(0, 1024, Some(1024)), Ok(()));
    assert_eq!(parts.admit(1, 11, Some(10)), Err(PartError::SizeChanged));
    assert_eq!((parts.count, parts.size), (2, 1034), "a repeated part counts once");
}

#[test]
fn the_number_of_parts_is_held() {
    let mut parts = Parts::default();
    parts.announce(3).unwrap();
    assert_eq!(parts.admit(3, 1024, None), Err(PartError::Invalid));
    assert_eq!(parts.admit(1, 1000, None), Err(PartError::SizeInvalid));
    parts.admit(2, 1000, None).unwrap();
    assert_eq!(parts.announce(4), Err(PartError::PartsInvalid));
    parts.announce(3).unwrap();
    let mut late = Parts::default();
    late.admit(5, 1024, None).unwrap();
    assert_eq!(late.announce(5), Err(PartError::PartsInvalid));
}

#[test]
fn a_range_is_cut_at_the_parts() {
    let layout = Layout { part_len: 10, parts: 3, size: 25 };
    assert_eq!([0, 1, 2, 3].map(|part| layout.len_of(part)), [10, 10, 5, 0]);
    let pieces = |offset, len| layout.pieces(offset, len).collect::<Vec<_>>();
    assert_eq!(pieces(0, 25), [(0, 0, 10), (1, 0, 10), (2, 0, 5)]);
    assert_eq!(pieces(7, 5), [(0, 7, 3), (1, 0, 2)]);
    assert_eq!(pieces(24, 100), [(2, 4, 1)]);
    assert!(pieces(25, 1).is_empty());
    assert!(pieces(u64::MAX, 1).is_empty());
}

async fn behaves(blobs: &dyn Blobs) {
    let (blob, layout) = (BlobId(-7), Layout { part_len: 1024, parts: 3, size: 2050 });
    let content: Vec<u8> = (0..2050).map(|n| (n % 251) as u8).collect();
    let part = |n: usize| content[n * 1024..content.len().min((n + 1) * 1024)].to_vec();
    blobs.put_part(blob, 2, part(2)).await.unwrap();
    assert_eq!(blobs.assemble(blob, layout).await.unwrap(), Assembled::Missing(0));
    blobs.put_part(blob, 0, vec![9; 1024]).await.unwrap();
    blobs.put_part(blob, 1, vec![1; 5]).await.unwrap();
    assert_eq!(blobs.assemble(blob, layout).await.unwrap(), Assembled::Missing(1), "a torn part is none");
    blobs.put_part(blob, 0, part(0)).await.unwrap();
    blobs.put_part(blob, 1, part(1)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(blobs.assemble(blob, layout).await.unwrap(), Assembled::Done);
    }
    let _ = blobs.put_part(blob, 0, vec![8; 1024]).await;
    assert_eq!(blobs.read(blob, layout, 0, 9999).await.unwrap(), content, "a late part changes nothing");
    assert_eq!(blobs.read(blob, layout, 1000, 100).await.unwrap(), content[1000..1100]);
    assert!(blobs.read(blob, layout, 2050, 10).await.unwrap().is_empty());
    blobs.delete(blob).await.unwrap();
    blobs.delete(blob).await.unwrap();
    assert!(blobs.read(blob, layout, 0, 1).await.is_err());
}

#[tokio::test]
async fn memory_and_folder_behave_alike() {
    behaves(&Memory::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let blobs = Folder::open(folder.path()).unwrap();
    behaves(&blobs).await;
    for kind in ["uploads", "files/f9"] {
        let left = std::fs::read_dir(folder.path().join(kind)).unwrap().count();
        assert_eq!(left, 0, "{kind}");
    }
}

#[cfg(feature = "s3")]
#[tokio::test]
async fn objects_behave_as_a_folder() {
    let store = std::sync::Arc::new(object_store::memory::InMemory::new());
    let blobs = Objects::over(std::sync::Arc::clone(&store) as _, object_store::path::Path::from("a/b"));
    behaves(&blobs).await;
    use futures_util::StreamExt as _;
    use object_store::ObjectStore as _;
    assert_eq!(store.list(None).count().await, 0, "nothing is left");
}

/// Copies everything again and again while everything is deleted.
async fn copies_while_deleting(blobs: std::sync::Arc<dyn Blobs>) {
    for id in 0..200 {
        for part in 0..3 {
            blobs.put_part(BlobId(id), part, vec![1; 1024]).await.unwrap();
        }
    }
    let deleting = std::sync::Arc::clone(&blobs);
    let deleting = tokio::spawn(async move {
        for id in 0..200 {
            deleting.delete(BlobId(id)).await.unwrap();
        }
    });
    while !deleting.is_finished() {
        blobs.export().await.expect("what is being deleted is passed over");
    }
    deleting.await.unwrap();
    assert!(blobs.export().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_all_blobs_passes_over_those_that_are_being_deleted() {
    copies_while_deleting(std::sync::Arc::new(Memory::default())).await;
    let folder = tempfile::tempdir().unwrap();
    copies_while_deleting(std::sync::Arc::new(Folder::open(folder.path()).unwrap())).await;
    #[cfg(feature = "s3")]
    {
        let store = std::sync::Arc::new(object_store::memory::InMemory::new());
        let blobs = Objects::over(store, object_store::path::Path::from("a/b"));
        copies_while_deleting(std::sync::Arc::new(blobs)).await;
    }
}

#[cfg(feature = "s3")]
#[tokio::test]
async fn addresses_of_objects_say_what_is_wrong() {
    for (address, wrong) in [
        ("file:///a", "s3://"),
        ("s3://", "bucket"),
        ("s3://bucket/a?colour=red", "colour"),
        ("s3://bucket/a//b", "path segment"),
    ] {
        let error = Objects::open(address).expect_err(address);
        assert!(error.contains(wrong), "{address}: {error}");
    }
    Objects::open("s3://bucket/a/b?endpoint=http://127.0.0.1:1&region=here").expect("a good one");
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let blobs = Folder::open(folder.path()).unwrap();
    blobs.put_part(BlobId(1), 0, vec![1]).await.unwrap();
    let mode = |path: &str| std::fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("uploads/0000000000000001"), 0o700);
    assert_eq!(mode("uploads/0000000000000001/00000"), 0o600);
}
