//! How loud things are.

use chappe_api::{enums, types};
use enums::NotificationSound as Sound;

use super::peer_id::PeerId;
use crate::store::NotifyRow;

/// What a setting is for: the numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub(crate) struct Scope {
    pub(crate) kind: i64,
    pub(crate) peer_id: i64,
}

impl Scope {
    pub(crate) const USERS: Self = Self { kind: 0, peer_id: 0 };
    pub(crate) const CHATS: Self = Self { kind: 1, peer_id: 0 };
    pub(crate) const BROADCASTS: Self = Self { kind: 2, peer_id: 0 };

    pub(crate) const fn user(peer_id: i64) -> Self {
        Self { kind: 3, peer_id }
    }

    pub(crate) const fn chat(peer_id: i64) -> Self {
        Self { kind: 4, peer_id }
    }

    pub(crate) const fn channel(peer_id: i64) -> Self {
        Self { kind: 5, peer_id }
    }

    /// The chat that it is for, if it is for one.
    pub(crate) fn chat_peer(self) -> Option<PeerId> {
        match self.kind {
            3 => Some(PeerId::user(self.peer_id)),
            4 => Some(PeerId::chat(self.peer_id)),
            5 => Some(PeerId::channel(self.peer_id)),
            _ => None,
        }
    }

    /// The scope as updates name it.
    pub(crate) fn peer(self) -> enums::NotifyPeer {
        let peer: enums::Peer = match self.kind {
            0 => return enums::NotifyPeer::Users,
            1 => return enums::NotifyPeer::Chats,
            2 => return enums::NotifyPeer::Broadcasts,
            3 => types::PeerUser { user_id: self.peer_id }.into(),
            4 => types::PeerChat { chat_id: self.peer_id }.into(),
            _ => types::PeerChannel { channel_id: self.peer_id }.into(),
        };
        types::NotifyPeer { peer }.into()
    }
}

/// A setting as clients read it. Every kind of device gets the same sound.
pub(crate) fn see(row: &NotifyRow) -> types::PeerNotifySettings {
    let sound: Option<Sound> = match row.sound {
        0 => Some(Sound::Default),
        1 => Some(Sound::None),
        2 => Some(
            types::NotificationSoundLocal { title: row.sound_title.clone(), data: row.sound_data.clone() }
                .into(),
        ),
        3 => Some(types::NotificationSoundRingtone { id: row.sound_id }.into()),
        _ => None,
    };
    let flag = |value: i64| (value >= 0).then_some(value > 0);
    types::PeerNotifySettings {
        show_previews: flag(row.show_previews),
        silent: flag(row.silent),
        mute_until: (row.mute_until >= 0).then(|| i32::try_from(row.mute_until).unwrap_or(i32::MAX)),
        ios_sound: sound.clone(),
        android_sound: sound.clone(),
        other_sound: sound,
        stories_muted: None,
        stories_hide_sender: None,
        stories_ios_sound: None,
        stories_android_sound: None,
        stories_other_sound: None,
    }
}

/// Longest title or data of a sound, in characters.
const SOUND_LEN: usize = 128;

/// A setting from a client.
pub(crate) fn read(settings: &types::InputPeerNotifySettings) -> NotifyRow {
    let mut row = NotifyRow {
        show_previews: settings.show_previews.map_or(-1, i64::from),
        silent: settings.silent.map_or(-1, i64::from),
        mute_until: settings.mute_until.map_or(-1, |until| i64::from(until.max(0))),
        ..NotifyRow::default()
    };
    match &settings.sound {
        None => {}
        Some(Sound::Default) => row.sound = 0,
        Some(Sound::None) => row.sound = 1,
        Some(Sound::Local(local)) => {
            row.sound = 2;
            row.sound_title = local.title.chars().take(SOUND_LEN).collect();
            row.sound_data = local.data.chars().take(SOUND_LEN).collect();
        }
        Some(Sound::Ringtone(ringtone)) => {
            row.sound = 3;
            row.sound_id = ringtone.id;
        }
    }
    row
}
