//! Exports of an account's data: what is only told within one.

use std::time::Duration;

use crate::common::groups::{Three, edit_banned, hear, invite, make_channel, no_bans, told_channel};
use crate::common::{BOB, Client, server};
use chappe_api::{enums, functions, types};
use chappe_tl::Decode;

fn begin() -> functions::account::InitTakeoutSession {
    functions::account::InitTakeoutSession {
        contacts: true,
        message_users: false,
        message_chats: false,
        message_megagroups: true,
        message_channels: true,
        files: false,
        file_max_size: None,
    }
}

/// Calls by way of an export.
async fn within<Q: chappe_tl::Function>(
    client: &mut Client,
    id: i64,
    query: Q,
) -> Result<Q::Response, (i32, String)>
where
    Q::Response: Decode,
{
    let mut body = 0xaca9_fd2e_u32.to_le_bytes().to_vec();
    body.extend_from_slice(&id.to_le_bytes());
    body.extend_from_slice(&query.to_bytes().unwrap());
    let call = client.start_raw(body, Vec::new());
    match client.finish_raw(call).await {
        Ok(bytes) => Ok(Q::Response::from_bytes(&bytes).unwrap()),
        Err(error) => Err((error.code, error.text())),
    }
}

const LEFT: functions::channels::GetLeftChannels = functions::channels::GetLeftChannels { offset: 0 };

fn ids(answer: enums::messages::Chats) -> Vec<i64> {
    let chats = match answer {
        enums::messages::Chats::Chats(all) => all.chats,
        enums::messages::Chats::Slice(some) => some.chats,
    };
    let left = chats.into_iter().map(|chat| match chat {
        enums::Chat::Channel(channel) => {
            assert!(channel.left);
            channel.id
        }
        enums::Chat::ChannelForbidden(channel) => channel.id,
        other => panic!("{other:?}"),
    });
    left.collect()
}

#[tokio::test]
async fn what_was_left_is_told_within_an_export_only() {
    let server = server().await;
    let mut t = Three::new(&server).await;
    let mut crowds = Vec::new();
    for title in ["One", "Two", "Three"] {
        let crowd = make_channel(&mut t.alice, title, title == "Two").await;
        t.alice.call(invite(&crowd.channel, &[&t.to_bob])).await.unwrap();
        let of_bob = told_channel(&hear(&mut t.bob).await);
        crowds.push((crowd, of_bob));
    }
    for (_, crowd) in &crowds[..2] {
        t.bob.call(functions::channels::LeaveChannel { channel: crowd.channel.clone() }).await.unwrap();
    }
    let out = types::ChatBannedRights { view_messages: true, ..no_bans() };
    t.alice.call(edit_banned(&crowds[2].0.channel, &t.to_bob, out)).await.unwrap();

    assert_eq!(t.bob.error(LEFT).await, (403, "TAKEOUT_REQUIRED".into()));
    let id = t.bob.call(begin()).await.unwrap().id;
    assert_eq!(t.bob.error(LEFT).await, (403, "TAKEOUT_REQUIRED".into()));
    assert_eq!(within(&mut t.bob, id + 1, LEFT).await, Err((400, "TAKEOUT_INVALID".into())));
    assert_eq!(within(&mut t.alice, id, LEFT).await, Err((400, "TAKEOUT_INVALID".into())), "it is Bob's");
    let mut left = ids(within(&mut t.bob, id, LEFT).await.unwrap());
    left.sort_unstable();
    let mut gone = [crowds[0].0.id, crowds[1].0.id];
    gone.sort_unstable();
    assert_eq!(left, gone, "who was removed has not left");
    let next = functions::channels::GetLeftChannels { offset: 1 };
    assert_eq!(ids(within(&mut t.bob, id, next).await.unwrap()).len(), 1);
    // What is gone is told to nobody.
    t.alice.call(functions::channels::DeleteChannel { channel: crowds[1].0.channel.clone() }).await.unwrap();
    assert_eq!(ids(within(&mut t.bob, id, LEFT).await.unwrap()), [crowds[0].0.id]);

    assert_eq!(t.bob.error(functions::contacts::GetSaved {}).await, (403, "TAKEOUT_REQUIRED".into()));
    let end = functions::account::FinishTakeoutSession { success: true };
    assert_eq!(t.bob.error(end.clone()).await, (403, "TAKEOUT_REQUIRED".into()));
    assert!(within(&mut t.bob, id, end.clone()).await.unwrap());
    assert_eq!(within(&mut t.bob, id, end).await, Err((403, "TAKEOUT_REQUIRED".into())));
    assert_eq!(within(&mut t.bob, id, LEFT).await, Err((400, "TAKEOUT_INVALID".into())));
    let id = t.bob.call(begin()).await.unwrap().id;
    server.advance(Duration::from_secs(8 * 24 * 3600)).await.unwrap();
    t.bob.reconnect(server.address()).await;
    assert_eq!(within(&mut t.bob, id, LEFT).await, Err((400, "TAKEOUT_INVALID".into())), "it took too long");
}

#[tokio::test]
async fn contacts_are_told_as_numbers_and_as_they_were_imported() {
    let server = server().await;
    let t = Three::new(&server).await;
    let mut alice = t.alice;
    let contact = types::InputPhoneContact {
        client_id: 1,
        phone: format!("+{BOB}"),
        first_name: "Robert".into(),
        last_name: "B".into(),
        note: None,
    };
    alice.call(functions::contacts::ImportContacts { contacts: vec![contact.into()] }).await.unwrap();
    let ids = alice.call(functions::contacts::GetContactIDs { hash: 0 }).await.unwrap();
    assert!(ids.contains(&i32::try_from(t.bob_id).unwrap()), "{ids:?}");
    assert_eq!(alice.call(functions::contacts::GetContactIDs { hash: 7 }).await.unwrap(), ids);
    let id = alice.call(begin()).await.unwrap().id;
    let saved = within(&mut alice, id, functions::contacts::GetSaved {}).await.unwrap();
    let bob = saved.iter().find(|saved| saved.phone == BOB).unwrap();
    assert_eq!((bob.first_name.as_str(), bob.last_name.as_str()), ("Robert", "B"));
}
