//! What privacy settings do beyond being kept.

use crate::common::cloud::{self, device, forward, history, message, peer, send, send_media};
use crate::common::groups::{CAROL, Three};
use crate::common::{ALICE, BOB, Client, import_bot, server, user};
use chappe_api::{enums, functions, types};
use enums::{InputPrivacyKey as Key, InputPrivacyRule as Rule};

fn set(key: Key, rules: Vec<Rule>) -> functions::account::SetPrivacy {
    functions::account::SetPrivacy { key, rules }
}

fn nobody() -> Vec<Rule> {
    vec![Rule::DisallowAll]
}

async fn full(viewer: &mut Client, who: &types::InputUser) -> types::UserFull {
    let query = functions::users::GetFullUser { id: who.clone().into() };
    viewer.call(query).await.unwrap().full_user
}

#[tokio::test]
async fn who_forwards_links_to_those_who_allow_it_and_names_the_others() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let (to_bob, to_carol) = (peer(&t.to_bob), peer(&t.to_carol));
    let from_alice = peer(&t.bob.find(ALICE).await);
    t.bob.call(send(&from_alice, "mine", 1)).await.unwrap();
    let id = message(&history(&mut t.alice, &to_bob).await[0]).id;
    t.alice.call(forward(&to_bob, &to_carol, vec![id], vec![2])).await.unwrap();
    t.bob.call(set(Key::Forwards, nobody())).await.unwrap();
    t.alice.call(forward(&to_bob, &to_carol, vec![id], vec![3])).await.unwrap();
    let header = async |client: &mut Client| {
        let seen = history(client, &to_carol).await;
        message(&seen[0]).fwd_from.clone().unwrap()
    };
    let now = header(&mut t.alice).await;
    assert_eq!((now.from_id, now.from_name.as_deref()), (None, Some("Somebody")));
    assert_eq!(full(&mut t.alice, &t.to_bob).await.private_forward_name.as_deref(), Some("Somebody"));
    assert_eq!(full(&mut t.alice, &t.to_carol).await.private_forward_name, None);
    let before = history(&mut t.alice, &to_carol).await;
    let before = message(&before[1]).fwd_from.clone().unwrap();
    assert_eq!(before.from_id, Some(cloud::user_peer(t.bob_id)), "what was forwarded before stays");
}

#[tokio::test]
async fn members_of_a_group_are_allowed_or_not_as_members() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let group = t.group("Trio").await;
    let mut dora = device(&server, "9996640004").await;
    let her = dora.find(ALICE).await;
    let to_alice = t.bob.find(ALICE).await;
    let about =
        functions::account::UpdateProfile { first_name: None, last_name: None, about: Some("Hm.".into()) };
    t.alice.call(about).await.unwrap();
    let members: Rule = types::InputPrivacyValueAllowChatParticipants { chats: vec![group, 17] }.into();
    let rules = t.alice.call(set(Key::About, vec![members, Rule::DisallowAll])).await.unwrap();
    let enums::PrivacyRule::AllowChatParticipants(kept) = &rules.rules[0] else { panic!("{rules:?}") };
    assert_eq!(kept.chats, [group], "only groups that one is in");
    assert_eq!(rules.chats.len(), 1);
    assert!(full(&mut t.bob, &to_alice).await.about.is_some());
    assert!(full(&mut dora, &her).await.about.is_none());
    let but: Rule = types::InputPrivacyValueDisallowChatParticipants { chats: vec![group] }.into();
    t.alice.call(set(Key::About, vec![but, Rule::AllowAll])).await.unwrap();
    assert!(full(&mut t.bob, &to_alice).await.about.is_none());
    assert!(full(&mut dora, &her).await.about.is_some());
}

#[tokio::test]
async fn a_card_names_the_account_only_to_whom_may_find_it_by_its_number() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let mut dora = device(&server, "9996640004").await;
    let to_carol = peer(&dora.find(CAROL).await);
    let card = types::InputMediaContact {
        phone_number: BOB.into(),
        first_name: "B".into(),
        last_name: String::new(),
        vcard: String::new(),
    };
    let named = async |client: &mut Client| {
        let Some(enums::MessageMedia::Contact(card)) =
            message(&history(client, &to_carol).await[0]).media.clone()
        else {
            panic!("no card")
        };
        card.user_id
    };
    dora.call(send_media(&to_carol, card.clone(), 1)).await.unwrap();
    assert_eq!(named(&mut dora).await, t.bob_id);
    // Carol hears who it is about, too.
    let told = crate::common::groups::hear(&mut t.carol).await;
    let users = told.iter().flat_map(|one| match one {
        enums::Updates::Updates(full) => full.users.clone(),
        _ => Vec::new(),
    });
    assert!(users.map(user).any(|user| user.id == t.bob_id));
    let found = vec![Rule::AllowContacts];
    t.bob.call(set(Key::AddedByPhone, found)).await.unwrap();
    dora.call(send_media(&to_carol, card, 2)).await.unwrap();
    assert_eq!(named(&mut dora).await, 0);
}

#[tokio::test]
async fn rules_about_bots_hold_for_bots_in_what_they_see_of_people() {
    let server = server().await;
    let mut alice = device(&server, ALICE).await;
    let mut bot = Client::new(&server).await;
    let enums::auth::Authorization::Authorization(login) = bot.call(import_bot("7:secret")).await.unwrap()
    else {
        panic!("not logged in")
    };
    let name = user(login.user.clone()).username.unwrap();
    let find = functions::contacts::ResolveUsername { username: name, referer: None };
    let its = user(alice.call(find).await.unwrap().users.remove(0));
    let its = types::InputUser { user_id: its.id, access_hash: its.access_hash.unwrap() };
    alice.call(set(Key::PhoneNumber, vec![Rule::AllowBots, Rule::DisallowAll])).await.unwrap();
    alice.call(send(&peer(&its), "/start", 1)).await.unwrap();
    let (_, users) = bot.boxed_update().await;
    let seen = users.into_iter().map(user).find(|user| user.id != its.user_id).unwrap();
    assert_eq!(seen.phone.as_deref(), Some(ALICE));
}

fn voice(file_id: i64) -> types::InputMediaUploadedDocument {
    let voice = types::DocumentAttributeAudio {
        voice: true,
        duration: 1,
        title: None,
        performer: None,
        waveform: None,
    };
    types::InputMediaUploadedDocument {
        nosound_video: false,
        force_file: false,
        spoiler: false,
        file: types::InputFile { id: file_id, parts: 1, name: "v.ogg".into(), md5_checksum: String::new() }
            .into(),
        thumb: None,
        mime_type: "audio/ogg".into(),
        attributes: vec![voice.into()],
        stickers: None,
        video_cover: None,
        video_timestamp: None,
        ttl_seconds: None,
    }
}

#[tokio::test]
async fn who_wants_no_voice_messages_gets_none() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let (to_bob, to_carol) = (peer(&t.to_bob), peer(&t.to_carol));
    let part = async |client: &mut Client, file_id| {
        let part = functions::upload::SaveFilePart { file_id, file_part: 0, bytes: vec![7; 100] };
        client.call(part).await.unwrap();
    };
    part(&mut t.alice, 1).await;
    part(&mut t.alice, 2).await;
    t.alice.call(send_media(&to_carol, voice(1), 1)).await.unwrap();
    assert!(!full(&mut t.alice, &t.to_bob).await.voice_messages_forbidden);
    t.bob.call(set(Key::VoiceMessages, nobody())).await.unwrap();
    assert!(full(&mut t.alice, &t.to_bob).await.voice_messages_forbidden);
    let error = t.alice.error(send_media(&to_bob, voice(2), 2)).await;
    assert_eq!(error, (400, "VOICE_MESSAGES_FORBIDDEN".into()));
    let id = message(&history(&mut t.alice, &to_carol).await[0]).id;
    let error = t.alice.error(forward(&to_carol, &to_bob, vec![id], vec![3])).await;
    assert_eq!(error, (403, "VOICE_MESSAGES_FORBIDDEN".into()));
}

#[tokio::test]
async fn when_a_message_was_read_is_told_to_whom_may_know_and_tells() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let to_bob = peer(&t.to_bob);
    let from_alice = peer(&t.bob.find(ALICE).await);
    t.alice.call(send(&to_bob, "hello", 1)).await.unwrap();
    let id = message(&history(&mut t.alice, &to_bob).await[0]).id;
    let ask = |msg_id| functions::messages::GetOutboxReadDate { peer: to_bob.clone(), msg_id };
    assert_eq!(t.alice.error(ask(id)).await.1, "MESSAGE_NOT_READ_YET");
    assert_eq!(t.alice.error(ask(id + 50)).await.1, "MESSAGE_ID_INVALID");
    t.bob.call(functions::messages::ReadHistory { peer: from_alice, max_id: 0 }).await.unwrap();
    let now = server.now().unix_secs();
    let at = i64::from(t.alice.call(ask(id)).await.unwrap().date);
    assert!((now - 60..=now).contains(&at), "{at} {now}");
    // Who hides when they were there may hide this, too, and learns it of nobody then.
    let hide = |hide_read_marks| functions::account::SetGlobalPrivacySettings {
        settings: types::GlobalPrivacySettings {
            archive_and_mute_new_noncontact_peers: false,
            keep_archived_unmuted: false,
            keep_archived_folders: false,
            hide_read_marks,
            new_noncontact_peers_require_premium: false,
            display_gifts_button: false,
            noncontact_peers_paid_stars: None,
            disallowed_gifts: None,
        },
    };
    t.bob.call(set(Key::StatusTimestamp, nobody())).await.unwrap();
    t.alice.call(ask(id)).await.expect("it has not asked for that");
    t.bob.call(hide(true)).await.unwrap();
    assert_eq!(t.alice.error(ask(id)).await, (403, "USER_PRIVACY_RESTRICTED".into()));
    assert!(full(&mut t.alice, &t.to_bob).await.read_dates_private);
    t.bob.call(hide(false)).await.unwrap();
    t.alice.call(set(Key::StatusTimestamp, nobody())).await.unwrap();
    t.alice.call(hide(true)).await.unwrap();
    assert_eq!(t.alice.error(ask(id)).await, (403, "YOUR_PRIVACY_RESTRICTED".into()));
}

#[tokio::test]
async fn a_profile_has_the_pinned_message_and_the_same_offers_as_the_chat() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let to_bob = peer(&t.to_bob);
    t.alice.call(send(&to_bob, "look here", 1)).await.unwrap();
    assert_eq!(full(&mut t.alice, &t.to_bob).await.pinned_msg_id, None);
    let id = message(&history(&mut t.alice, &to_bob).await[0]).id;
    let pin = functions::messages::UpdatePinnedMessage {
        silent: true,
        unpin: false,
        pm_oneside: true,
        peer: to_bob.clone(),
        id,
    };
    t.alice.call(pin).await.unwrap();
    let profile = full(&mut t.alice, &t.to_bob).await;
    assert_eq!(profile.pinned_msg_id, Some(id));
    let ask = functions::messages::GetPeerSettings { peer: to_bob.clone() };
    let settings = t.alice.call(ask.clone()).await.unwrap().settings;
    assert_eq!(profile.settings, settings);
    assert!(settings.add_contact && settings.block_contact && settings.report_spam);
    t.alice.call(functions::messages::HidePeerSettingsBar { peer: to_bob }).await.unwrap();
    let hidden = t.alice.call(ask).await.unwrap().settings;
    assert!(!hidden.add_contact && !hidden.report_spam);
    assert_eq!(full(&mut t.alice, &t.to_bob).await.settings, hidden);
}

#[tokio::test]
async fn imported_contacts_have_names_of_sensible_length_and_nobody_is_their_own() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let entry = |client_id, phone: &str| types::InputPhoneContact {
        client_id,
        phone: phone.into(),
        first_name: "x".repeat(500),
        last_name: " y ".into(),
        note: None,
    };
    let import =
        functions::contacts::ImportContacts { contacts: vec![entry(1, BOB).into(), entry(2, ALICE).into()] };
    let answer = t.alice.call(import).await.unwrap();
    assert_eq!(answer.users.len(), 2);
    let bob = answer.users.iter().cloned().map(user).find(|user| user.id == t.bob_id).unwrap();
    assert_eq!(bob.first_name.map(|name| name.len()), Some(64));
    assert_eq!(bob.last_name.as_deref(), Some("y"));
    let enums::contacts::Contacts::Contacts(all) =
        t.alice.call(functions::contacts::GetContacts { hash: 0 }).await.unwrap()
    else {
        panic!("none")
    };
    assert_eq!(all.contacts.iter().map(|contact| contact.user_id).collect::<Vec<_>>(), [t.bob_id]);
}
