//! Things that clients like to hear of at once and find out by asking otherwise: updates without a counter.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chappe_api::{enums, types};
use chappe_tl::{Decode as _, Encode as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::eyes::{Eyes, Peers};
use super::notify::{self, Scope};
use super::peer_id::PeerId;
use super::privacy::{self, Subject};
use super::{mail, user};
use crate::store::{AccountChange, Result};

/// An update that is the same for everybody and is not kept, and whom it names.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    pub(crate) update: enums::Update,
    pub(crate) peers: Vec<PeerId>,
}

/// Between processes it travels as TL in Base64.
#[derive(Deserialize, Serialize)]
struct NoticeText {
    update: String,
    peers: Vec<PeerId>,
}

impl Serialize for Notice {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let update = self.update.to_bytes().map_err(serde::ser::Error::custom)?;
        NoticeText { update: BASE64.encode(update), peers: self.peers.clone() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Notice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let NoticeText { update, peers } = NoticeText::deserialize(deserializer)?;
        let update = BASE64.decode(update).map_err(serde::de::Error::custom)?;
        let update = enums::Update::from_bytes(&update).map_err(serde::de::Error::custom)?;
        Ok(Self { update, peers })
    }
}

/// Whom a note is for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) enum Hearers {
    /// These devices, whether somebody is logged in on them or not.
    Devices(Vec<i64>),
    /// All devices of these accounts; the calling session knows already.
    Accounts(Vec<i64>),
}

/// One of them. But for the notices it holds no content: what is sent is made from what is stored at that moment.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) enum Note {
    /// Something about the account that the next difference tells, too.
    Account { change: AccountChange, peer: PeerId },
    /// Somebody has accepted the token that the device shows.
    LoginToken,
    /// Another device was logged in, or its login was confirmed.
    NewAuthorization { device: i64 },
    /// The account has set how loud something is.
    NotifySettings { scope: Scope },
    /// What cannot be found out by asking.
    Notice(Arc<Notice>),
    /// The account has changed who may see something.
    Privacy { subject: Subject },
    /// Somebody looks different.
    User { user_id: i64 },
    /// Somebody has another name or username.
    UserName { user_id: i64 },
    /// An account has another number.
    UserPhone { user_id: i64 },
    /// Somebody came or went, or shows it otherwise.
    UserStatus { user_id: i64 },
}

impl Note {
    /// Whether it is also for devices on which nobody is logged in.
    pub(crate) fn is_for_anyone(&self) -> bool {
        matches!(self, Self::LoginToken)
    }
}

/// The update for a note as the viewer may see it; `None` if it does not concern them any more.
pub(crate) async fn see(eyes: &Eyes<'_>, note: &Note, peers: &mut Peers) -> Result<Option<enums::Update>> {
    let (store, access, me) = (eyes.store(), &eyes.world.access, eyes.user_id());
    Ok(Some(match note {
        Note::Account { change, peer } => return mail::account_update(eyes, *change, *peer, peers).await,
        Note::LoginToken => enums::Update::LoginToken,
        Note::NewAuthorization { device } => {
            let row = store.device_of_key(*device, eyes.now).await?;
            let Some(row) = row.filter(|row| row.user_id == me) else { return Ok(None) };
            let unconfirmed = row.unconfirmed;
            let date = i32::try_from(row.created_at).unwrap_or(i32::MAX);
            types::UpdateNewAuthorization {
                unconfirmed,
                hash: access.device(*device),
                date: unconfirmed.then_some(date),
                device: unconfirmed.then_some(row.device_model),
                location: unconfirmed.then_some(row.ip),
            }
            .into()
        }
        Note::Notice(notice) => {
            notice.peers.iter().for_each(|peer| peers.add(*peer));
            notice.update.clone()
        }
        Note::NotifySettings { scope } => {
            let row = store.notify_settings(me, scope.kind, scope.peer_id).await?;
            let notify_settings = notify::see(&row);
            types::UpdateNotifySettings { peer: scope.peer(), notify_settings }.into()
        }
        Note::Privacy { subject } => {
            let rules = store.privacy_rules(me, *subject as i64).await?;
            let rules = privacy::in_force(rules, *subject).iter().filter_map(privacy::write).collect();
            types::UpdatePrivacy { key: subject.key(), rules }.into()
        }
        Note::User { user_id } => {
            peers.add(PeerId::user(*user_id));
            types::UpdateUser { user_id: *user_id }.into()
        }
        Note::UserName { user_id } => {
            let Some(row) = store.user(*user_id).await? else { return Ok(None) };
            let name = |username: String| types::Username {
                editable: true,
                active: true,
                deletable: false,
                expired: false,
                username,
            };
            let usernames = row.username.into_iter().map(name).collect();
            peers.add(PeerId::user(row.id));
            let (first_name, last_name) = (row.first_name, row.last_name);
            types::UpdateUserName { user_id: row.id, first_name, last_name, usernames }.into()
        }
        Note::UserStatus { user_id } => {
            // One's own devices know what they have said.
            let row = store.user(*user_id).await?.filter(|row| row.id != me);
            let Some(row) = row else { return Ok(None) };
            let status = match user::see(store, access, &row, eyes.viewer, eyes.now).await? {
                enums::User::User(user) => user.status.clone(),
                enums::User::Empty(_) => None,
            };
            let Some(status) = status else { return Ok(None) };
            types::UpdateUserStatus { user_id: row.id, status }.into()
        }
        Note::UserPhone { user_id } => {
            let Some(row) = store.user(*user_id).await? else { return Ok(None) };
            let phone = match user::see(store, access, &row, eyes.viewer, eyes.now).await? {
                enums::User::User(user) => user.phone.clone(),
                enums::User::Empty(_) => None,
            };
            let Some(phone) = phone else { return Ok(None) };
            peers.add(PeerId::user(row.id));
            types::UpdateUserPhone { user_id: row.id, phone }.into()
        }
    }))
}
