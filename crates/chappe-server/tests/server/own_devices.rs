//! What an account does on one device is known on its others: told at once, and by the difference to those that were away.

use crate::common::cloud::{self, device, difference, peer};
use crate::common::groups::{hear, make_channel};
use crate::common::{ALICE, BOB, Client, server, user};
use chappe_api::{enums, functions, types};
use enums::Update as U;

/// What a device is told about accounts and settings, while nothing else happens.
async fn notes(client: &mut Client) -> Vec<U> {
    hear(client).await;
    client.notes.drain(..).collect()
}

fn settings_of(update: &U, id: i64) -> Option<types::PeerSettings> {
    match update {
        U::PeerSettings(update) if update.peer == cloud::user_peer(id) => Some(update.settings.clone()),
        _ => None,
    }
}

fn add(user: &types::InputUser, share: bool) -> functions::contacts::AddContact {
    functions::contacts::AddContact {
        add_phone_privacy_exception: share,
        id: user.clone().into(),
        first_name: "Bobby".into(),
        last_name: String::new(),
        phone: String::new(),
        note: None,
    }
}

#[tokio::test]
async fn contacts_come_and_go_on_every_device() {
    let server = server().await;
    let mut phone = device(&server, ALICE).await;
    let mut tablet = device(&server, ALICE).await;
    device(&server, BOB).await;
    let bob = phone.find(BOB).await;
    let start = tablet.state().await;
    notes(&mut tablet).await;

    phone.call(add(&bob, true)).await.unwrap();
    let told = notes(&mut tablet).await;
    assert!(
        told.iter().any(|update| matches!(update, U::Privacy(rules)
        if rules.key == enums::PrivacyKey::PhoneNumber)),
        "{told:?}"
    );
    let added = told.iter().find_map(|update| settings_of(update, bob.user_id)).expect("settings");
    assert!(!added.add_contact);
    assert!(notes(&mut phone).await.is_empty(), "the caller knows");
    let missed = difference(&mut tablet, start.pts, start.date).await;
    assert!(missed.other_updates.iter().any(|update| settings_of(update, bob.user_id).is_some()));
    let seen = missed.users.into_iter().map(user).find(|user| user.id == bob.user_id).unwrap();
    assert_eq!((seen.contact, seen.first_name.as_deref()), (true, Some("Bobby")));

    phone.call(functions::contacts::DeleteContacts { id: vec![bob.clone().into()] }).await.unwrap();
    let told = notes(&mut tablet).await;
    let gone = told.iter().find_map(|update| settings_of(update, bob.user_id)).expect("settings");
    assert!(gone.add_contact);

    let import = || {
        let contact = types::InputPhoneContact {
            client_id: 1,
            phone: BOB.into(),
            first_name: "Bob".into(),
            last_name: String::new(),
            note: None,
        };
        functions::contacts::ImportContacts { contacts: vec![contact] }
    };
    phone.call(import()).await.unwrap();
    assert_eq!(notes(&mut tablet).await.len(), 1);
    phone.call(import()).await.unwrap();
    assert!(notes(&mut tablet).await.is_empty(), "nothing new");
    phone.call(functions::contacts::DeleteByPhones { phones: vec![BOB.into()] }).await.unwrap();
    assert_eq!(notes(&mut tablet).await.len(), 1);
}

#[tokio::test]
async fn a_bar_that_is_hidden_is_hidden_everywhere() {
    let server = server().await;
    let mut phone = device(&server, ALICE).await;
    let mut tablet = device(&server, ALICE).await;
    device(&server, BOB).await;
    let bob = phone.find(BOB).await;
    notes(&mut tablet).await;
    phone.call(functions::messages::HidePeerSettingsBar { peer: peer(&bob) }).await.unwrap();
    let told = notes(&mut tablet).await;
    let settings = told.iter().find_map(|update| settings_of(update, bob.user_id)).expect("settings");
    assert!(!settings.add_contact && !settings.block_contact);
}

#[tokio::test]
async fn a_history_that_one_device_has_hidden_is_hidden_on_the_others() {
    let server = server().await;
    let mut phone = device(&server, ALICE).await;
    let mut tablet = device(&server, ALICE).await;
    let channel = make_channel(&mut phone, "News", true).await;
    phone.call(cloud::send(&channel.peer, "old news", 1)).await.unwrap();
    hear(&mut tablet).await;
    let start = tablet.state().await;
    let hide = functions::channels::DeleteHistory {
        for_everyone: false,
        channel: channel.channel.clone(),
        max_id: 0,
    };
    phone.call(hide).await.unwrap();
    let is_hidden = |update: &U| {
        matches!(update, U::ChannelAvailableMessages(hidden)
        if (hidden.channel_id, hidden.available_min_id) == (channel.id, 2))
    };
    assert!(crate::common::groups::flat(hear(&mut tablet).await).iter().any(is_hidden));
    let missed = difference(&mut tablet, start.pts, start.date).await;
    assert!(missed.other_updates.iter().any(is_hidden));
}
