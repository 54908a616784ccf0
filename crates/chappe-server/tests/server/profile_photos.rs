//! Profile photos: set, changed, taken away, and in whose eyes they are there.

use std::io::Cursor;

use crate::common::{ALICE, BOB, Client, builder, server, user};
use chappe_api::{enums, functions, types};
use chappe_server::Server;

fn png(shade: u8) -> Vec<u8> {
    let image = image::RgbImage::from_pixel(700, 700, image::Rgb([shade, 7, 7]));
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

async fn upload(client: &mut Client, shade: u8, fallback: bool) -> types::Photo {
    let id = i64::from(shade);
    let part = functions::upload::SaveFilePart { file_id: id, file_part: 0, bytes: png(shade) };
    client.call(part).await.unwrap();
    let file = types::InputFile { id, parts: 1, name: "me.png".into(), md5_checksum: String::new() };
    let set = functions::photos::UploadProfilePhoto { file: Some(file.into()), ..blank(fallback) };
    photo(client.call(set).await.unwrap().photo)
}

fn blank(fallback: bool) -> functions::photos::UploadProfilePhoto {
    functions::photos::UploadProfilePhoto {
        fallback,
        bot: None,
        file: None,
        video: None,
        video_start_ts: None,
        video_emoji_markup: None,
    }
}

fn photo(photo: enums::Photo) -> types::Photo {
    match photo {
        enums::Photo::Photo(photo) => *photo,
        other => panic!("{other:?}"),
    }
}

fn named(photo: &types::Photo) -> enums::InputPhoto {
    types::InputPhoto {
        id: photo.id,
        access_hash: photo.access_hash,
        file_reference: photo.file_reference.clone(),
    }
    .into()
}

fn update(id: enums::InputPhoto) -> functions::photos::UpdateProfilePhoto {
    functions::photos::UpdateProfilePhoto { fallback: false, bot: None, id }
}

async fn seen(viewer: &mut Client, who: &types::InputUser) -> types::User {
    let query = functions::users::GetUsers { id: vec![who.clone().into()] };
    user(viewer.call(query).await.unwrap().remove(0))
}

/// The number of the photo that a viewer sees in lists.
async fn shown(viewer: &mut Client, who: &types::InputUser) -> Option<i64> {
    match seen(viewer, who).await.photo {
        Some(enums::UserProfilePhoto::Photo(photo)) => Some(photo.photo_id),
        _ => None,
    }
}

async fn all(viewer: &mut Client, who: &types::InputUser) -> Vec<i64> {
    let query =
        functions::photos::GetUserPhotos { user_id: who.clone().into(), offset: 0, max_id: 0, limit: 10 };
    match viewer.call(query).await.unwrap() {
        enums::photos::Photos::Photos(all) => all.photos.into_iter().map(|one| photo(one).id).collect(),
        enums::photos::Photos::Slice(some) => panic!("only {} of them", some.photos.len()),
    }
}

fn at(who: &types::InputUser, photo_id: i64, big: bool) -> functions::upload::GetFile {
    let peer = types::InputPeerUser { user_id: who.user_id, access_hash: who.access_hash }.into();
    let location = types::InputPeerPhotoFileLocation { big, peer, photo_id }.into();
    functions::upload::GetFile { precise: false, cdn_supported: false, location, offset: 0, limit: 65_536 }
}

async fn jpeg(viewer: &mut Client, query: functions::upload::GetFile) -> (u32, u32) {
    let enums::upload::File::File(file) = viewer.call(query).await.unwrap() else { panic!("no file") };
    let image = image::load_from_memory(&file.bytes).unwrap();
    (image.width(), image.height())
}

fn bad(name: &str) -> (i32, String) {
    (400, name.to_owned())
}

async fn pair(server: &Server) -> (Client, Client, types::InputUser) {
    let (mut alice, mut bob) = (Client::new(server).await, Client::new(server).await);
    alice.log_in(ALICE, "Alice").await;
    bob.log_in(BOB, "Bob").await;
    let her = bob.find(ALICE).await;
    (alice, bob, her)
}

#[tokio::test]
async fn a_photo_is_seen_fetched_and_replaced() {
    let server = server().await;
    let (mut alice, mut bob, her) = pair(&server).await;
    assert_eq!(shown(&mut bob, &her).await, None);
    let first = upload(&mut alice, 1, false).await;
    assert_eq!(shown(&mut bob, &her).await, Some(first.id));
    assert_eq!(jpeg(&mut bob, at(&her, first.id, true)).await, (640, 640));
    assert_eq!(jpeg(&mut bob, at(&her, first.id, false)).await, (160, 160));
    assert_eq!(bob.error(at(&her, first.id + 1, true)).await, bad("FILE_ID_INVALID"));
    let second = upload(&mut alice, 2, false).await;
    assert_eq!(shown(&mut bob, &her).await, Some(second.id));
    assert_eq!(all(&mut bob, &her).await, [second.id, first.id]);
    let query = functions::users::GetFullUser { id: her.clone().into() };
    let full = bob.call(query).await.unwrap().full_user;
    assert_eq!(photo(full.profile_photo.unwrap()).id, second.id);
    // Pages, and what is before a photo.
    let page = |offset, max_id, limit| functions::photos::GetUserPhotos {
        user_id: her.clone().into(),
        offset,
        max_id,
        limit,
    };
    let enums::photos::Photos::Slice(slice) = bob.call(page(0, second.id, 1)).await.unwrap() else {
        panic!("no slice")
    };
    assert_eq!((slice.count, photo(slice.photos[0].clone()).id), (2, first.id));
    assert_eq!(bob.error(page(0, 5, 1)).await, bad("MAX_ID_INVALID"));
    // An older one comes to the top again.
    alice.call(update(named(&first))).await.unwrap();
    assert_eq!(all(&mut bob, &her).await, [first.id, second.id]);
    assert_eq!(shown(&mut bob, &her).await, Some(first.id));
    // Without one, the one before shows.
    alice.call(update(enums::InputPhoto::Empty)).await.unwrap();
    assert_eq!(shown(&mut bob, &her).await, Some(second.id));
    let gone = functions::photos::DeletePhotos { id: vec![named(&second), named(&first)] };
    assert_eq!(alice.call(gone).await.unwrap(), [second.id]);
    assert_eq!(shown(&mut bob, &her).await, None);
    assert!(all(&mut bob, &her).await.is_empty());
    assert_eq!(bob.error(at(&her, second.id, true)).await, bad("FILE_ID_INVALID"));
    assert_eq!(alice.error(update(named(&first))).await, bad("PHOTO_ID_INVALID"));
    assert_eq!(alice.error(blank(false)).await, bad("PHOTO_FILE_MISSING"));
}

#[tokio::test]
async fn who_may_not_see_a_photo_sees_the_public_one_or_none() {
    let server = server().await;
    let (mut alice, mut bob, her) = pair(&server).await;
    let him = alice.find(BOB).await;
    let secret = upload(&mut alice, 1, false).await;
    let rules = vec![
        enums::InputPrivacyRule::DisallowUsers(types::InputPrivacyValueDisallowUsers {
            users: vec![him.clone().into()],
        }),
        enums::InputPrivacyRule::AllowAll,
    ];
    let set = functions::account::SetPrivacy { key: enums::InputPrivacyKey::ProfilePhoto, rules };
    alice.call(set).await.unwrap();
    assert_eq!(shown(&mut bob, &her).await, None);
    assert!(all(&mut bob, &her).await.is_empty());
    assert_eq!(bob.error(at(&her, secret.id, true)).await, bad("FILE_ID_INVALID"));
    let public = upload(&mut alice, 2, true).await;
    assert_eq!(shown(&mut bob, &her).await, Some(public.id));
    assert_eq!(all(&mut bob, &her).await, [public.id]);
    assert_eq!(jpeg(&mut bob, at(&her, public.id, true)).await, (640, 640));
    let query = functions::users::GetFullUser { id: her.clone().into() };
    let full = bob.call(query).await.unwrap().full_user;
    assert!(full.profile_photo.is_none());
    assert_eq!(photo(full.fallback_photo.unwrap()).id, public.id);
    let mut carol = Client::new(&server).await;
    carol.log_in("9996630003", "Carol").await;
    let for_carol = carol.find(ALICE).await;
    assert_eq!(shown(&mut carol, &for_carol).await, Some(secret.id));
    // She sees her own.
    let me = functions::users::GetUsers { id: vec![enums::InputUser::UserSelf] };
    let me = user(alice.call(me).await.unwrap().remove(0));
    assert!(matches!(me.photo, Some(enums::UserProfilePhoto::Photo(photo)) if photo.photo_id == secret.id));
}

#[tokio::test]
async fn contacts_hear_of_a_new_photo() {
    let server = server().await;
    let (mut alice, mut bob, her) = pair(&server).await;
    let add = functions::contacts::AddContact {
        add_phone_privacy_exception: false,
        id: her.clone().into(),
        first_name: "Alice".into(),
        last_name: String::new(),
        phone: String::new(),
        note: None,
    };
    bob.call(add).await.unwrap();
    bob.settle().await;
    bob.notes.clear();
    let set = upload(&mut alice, 3, false).await;
    let enums::Update::User(news) = bob.note().await else { panic!("something else") };
    assert_eq!(news.user_id, her.user_id);
    assert_eq!(shown(&mut bob, &her).await, Some(set.id));
}

#[tokio::test]
async fn a_photo_is_kept_where_the_account_is_at_home() {
    let server = builder().data_centres(2).spawn().await.unwrap();
    let account = server.user("alice").await.unwrap();
    let saved = crate::common::Saved { auth_key: account.session.auth_key.clone(), salt: 0, time_offset: 0 };
    let mut alice = Client::resume(account.session.address, saved).await;
    let set = upload(&mut alice, 1, false).await;
    assert_eq!(set.dc_id, 2);
    let me = functions::users::GetUsers { id: vec![enums::InputUser::UserSelf] };
    let me = user(alice.call(me).await.unwrap().remove(0));
    assert!(matches!(me.photo, Some(enums::UserProfilePhoto::Photo(photo)) if photo.dc_id == 2));
}
