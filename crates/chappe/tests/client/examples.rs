//! The examples do what they say.

#[allow(dead_code, reason = "its name as a program is not used here")]
#[path = "../../examples/file_mirror.rs"]
mod file_mirror;
#[allow(dead_code, reason = "its name as a program is not used here")]
#[path = "../../examples/secret_file.rs"]
mod secret_file;

#[tokio::test]
async fn two_people_exchange_a_file() {
    let folder = tempfile::tempdir().unwrap();
    secret_file::exchange(folder.path()).await.unwrap();
    assert!(folder.path().join("copy.txt").exists());
}

#[tokio::test]
async fn two_folders_become_equal() {
    file_mirror::show().await.unwrap();
}
