//! A secret chat in the eyes of one device.
//!
//! | viewer | requested | accepted | discarded |
//! |---|---|---|---|
//! | creator's device | Waiting | the chat with g_b | Discarded |
//! | participant's accepting device | Requested | the chat with g_a | Discarded |
//! | participant's other devices | Requested | Discarded | Discarded |
//! | everybody else | nothing | nothing | nothing |

use chappe_api::enums::EncryptedChat;
use chappe_api::types;

use super::access::AccessHashes;
use crate::store::{ChatState, SecretChat};

/// The chat as the device `device` of `user_id` may see it.
pub(crate) fn see(
    chat: &SecretChat,
    user_id: i64,
    device: i64,
    access: &AccessHashes,
) -> Option<EncryptedChat> {
    let is_creator = chat.admin_auth == device && chat.admin_id == user_id;
    let is_participant = chat.participant_id == user_id;
    if !is_creator && !is_participant {
        return None;
    }
    let access_hash = access.secret_chat(user_id, chat.id);
    let (id, date, admin_id, participant_id) = (chat.id, chat.date, chat.admin_id, chat.participant_id);
    Some(match chat.state {
        ChatState::Requested if is_creator => {
            types::EncryptedChatWaiting { id, access_hash, date, admin_id, participant_id }.into()
        }
        ChatState::Requested => types::EncryptedChatRequested {
            folder_id: None,
            id,
            access_hash,
            date,
            admin_id,
            participant_id,
            g_a: chat.g_a.clone(),
        }
        .into(),
        ChatState::Accepted if is_creator || chat.participant_auth == Some(device) => types::EncryptedChat {
            id,
            access_hash,
            date,
            admin_id,
            participant_id,
            g_a_or_b: if is_creator { chat.g_b.clone() } else { chat.g_a.clone() },
            key_fingerprint: chat.key_fingerprint,
        }
        .into(),
        ChatState::Accepted | ChatState::Discarded => discarded(id, chat.history_deleted),
    })
}

/// A chat that is no more, or never was.
pub(crate) fn discarded(id: i32, history_deleted: bool) -> EncryptedChat {
    types::EncryptedChatDiscarded { history_deleted, id }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat(state: ChatState) -> SecretChat {
        SecretChat {
            id: 5,
            admin_id: 1,
            admin_auth: 10,
            participant_id: 2,
            participant_auth: (state == ChatState::Accepted).then_some(20),
            date: 7,
            g_a: vec![0xa],
            g_b: vec![0xb],
            key_fingerprint: 9,
            state,
            history_deleted: true,
        }
    }

    #[test]
    fn everybody_sees_what_concerns_them() {
        let access = AccessHashes::new([1; 32]);
        let see = |state, user, device| see(&chat(state), user, device, &access);
        assert!(matches!(see(ChatState::Requested, 1, 10), Some(EncryptedChat::Waiting(_))));
        assert!(
            matches!(see(ChatState::Requested, 2, 20), Some(EncryptedChat::Requested(chat)) if chat.g_a == [0xa])
        );
        assert!(
            matches!(see(ChatState::Accepted, 1, 10), Some(EncryptedChat::Chat(chat)) if chat.g_a_or_b == [0xb])
        );
        assert!(
            matches!(see(ChatState::Accepted, 2, 20), Some(EncryptedChat::Chat(chat)) if chat.g_a_or_b == [0xa])
        );
        assert!(matches!(see(ChatState::Accepted, 2, 21), Some(EncryptedChat::Discarded(_))));
        for state in [ChatState::Requested, ChatState::Accepted, ChatState::Discarded] {
            assert_eq!(see(state, 1, 11), None, "the creator's other devices never hear of it");
            assert_eq!(see(state, 3, 30), None, "nor do strangers");
        }
        let hash = |user, device| match see(ChatState::Accepted, user, device) {
            Some(EncryptedChat::Chat(chat)) => chat.access_hash,
            other => panic!("{other:?}"),
        };
        assert_ne!(hash(1, 10), hash(2, 20), "the access hash belongs to the viewer");
    }
}
