//! Things that clients like to hear of at once and find out by asking otherwise: updates without a counter.

use chappe_api::{enums, types};

use super::notify::{self, Scope};
use super::privacy::{self, Subject};
use super::update::Viewer;
use super::user;
use crate::store;
use crate::world::World;

/// One of them. It holds no content: what is sent is made from what is stored at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// Somebody has accepted the token that the device shows.
    LoginToken,
    /// Another device was logged in, or its login was confirmed.
    NewAuthorization { device: i64 },
    /// The account has set how loud something is.
    NotifySettings { scope: Scope },
    /// The account has blocked somebody, or not any more.
    PeerBlocked { user_id: i64 },
    /// The account has changed who may see something.
    Privacy { subject: Subject },
    /// Somebody has another name or username.
    UserName { user_id: i64 },
    /// An account has another number.
    UserPhone { user_id: i64 },
    /// Somebody came or went, or shows it otherwise.
    UserStatus { user_id: i64 },
}

impl Note {
    /// Whether it is also for devices on which nobody is logged in.
    pub(crate) fn is_for_anyone(self) -> bool {
        self == Self::LoginToken
    }
}

/// The update for a note and the accounts it names, as the viewer may see them; `None` if it does not concern them any
/// more.
pub(crate) async fn see(
    world: &World,
    viewer: Viewer,
    note: Note,
) -> store::Result<Option<(enums::Update, Vec<i64>)>> {
    let (store, access) = (&world.store, &world.access);
    let now = world.clock.now().unix_secs();
    Ok(match note {
        Note::LoginToken => Some((enums::Update::LoginToken, Vec::new())),
        Note::NewAuthorization { device } => {
            let row = store.device_of_key(device, now).await?;
            row.filter(|row| row.user_id == viewer.user_id).map(|row| {
                let unconfirmed = row.unconfirmed;
                let date = i32::try_from(row.created_at).unwrap_or(i32::MAX);
                let update = types::UpdateNewAuthorization {
                    unconfirmed,
                    hash: access.device(device),
                    date: unconfirmed.then_some(date),
                    device: unconfirmed.then_some(row.device_model),
                    location: unconfirmed.then_some(row.ip),
                };
                (update.into(), Vec::new())
            })
        }
        Note::NotifySettings { scope } => {
            let row = store.notify_settings(viewer.user_id, scope.kind, scope.peer_id).await?;
            let notify_settings = notify::see(&row);
            Some((types::UpdateNotifySettings { peer: scope.peer(), notify_settings }.into(), Vec::new()))
        }
        Note::PeerBlocked { user_id } => {
            let blocked = store.has_blocked(viewer.user_id, user_id).await?;
            let peer_id = types::PeerUser { user_id }.into();
            let update = types::UpdatePeerBlocked { blocked, blocked_my_stories_from: false, peer_id };
            Some((update.into(), vec![user_id]))
        }
        Note::Privacy { subject } => {
            let rules = store.privacy_rules(viewer.user_id, subject as i64).await?;
            let rules = privacy::in_force(rules, subject).iter().filter_map(privacy::write).collect();
            Some((types::UpdatePrivacy { key: subject.key(), rules }.into(), Vec::new()))
        }
        Note::UserName { user_id } => {
            let Some(row) = store.user(user_id).await? else { return Ok(None) };
            let name = |username: String| types::Username {
                editable: true,
                active: true,
                deletable: false,
                expired: false,
                username,
            };
            let usernames = row.username.into_iter().map(name).collect();
            let (first_name, last_name) = (row.first_name, row.last_name);
            let update = types::UpdateUserName { user_id, first_name, last_name, usernames };
            Some((update.into(), vec![user_id]))
        }
        Note::UserStatus { user_id } => {
            // One's own devices know what they have said.
            let row = store.user(user_id).await?.filter(|row| row.id != viewer.user_id);
            let Some(row) = row else { return Ok(None) };
            let status = match user::see(store, access, &row, viewer.user_id, now).await? {
                enums::User::User(user) => user.status.clone(),
                enums::User::Empty(_) => None,
            };
            status.map(|status| (types::UpdateUserStatus { user_id, status }.into(), Vec::new()))
        }
        Note::UserPhone { user_id } => {
            let Some(row) = store.user(user_id).await? else { return Ok(None) };
            let seen = user::see(store, access, &row, viewer.user_id, now).await?;
            let phone = match &seen {
                enums::User::User(user) => user.phone.clone(),
                enums::User::Empty(_) => None,
            };
            phone.map(|phone| (types::UpdateUserPhone { user_id, phone }.into(), vec![user_id]))
        }
    })
}
