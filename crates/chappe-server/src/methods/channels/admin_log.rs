//! `channels.getAdminLog`, and what goes into it
//!
//! Source: <https://core.telegram.org/api/recent-actions>

use chappe_api::{enums, functions, types};
use chappe_tl::Decode;
use enums::ChannelAdminLogEventAction as Action;

use crate::call::Call;
use crate::limits::{MESSAGES_PER_CALL, USERS_PER_CALL};
use crate::methods::errors::Answer;
use crate::methods::messages::outgoing::stored;
use crate::model::eyes::{Eyes, Peers};
use crate::model::group::Standing;
use crate::model::peer_id::PeerId;
use crate::model::rights::flags;
use crate::model::{media, message, participants, peer, target};
use crate::store::{LogRow, MemberRow, MessageRow};

/// Bits of `channelAdminLogEventsFilter`.
pub(crate) mod kind {
    pub(crate) const JOIN: i64 = 1;
    pub(crate) const LEAVE: i64 = 1 << 1;
    pub(crate) const INVITE: i64 = 1 << 2;
    pub(crate) const BAN: i64 = 1 << 3;
    pub(crate) const UNBAN: i64 = 1 << 4;
    pub(crate) const KICK: i64 = 1 << 5;
    pub(crate) const UNKICK: i64 = 1 << 6;
    pub(crate) const PROMOTE: i64 = 1 << 7;
    pub(crate) const DEMOTE: i64 = 1 << 8;
    pub(crate) const INFO: i64 = 1 << 9;
    pub(crate) const SETTINGS: i64 = 1 << 10;
    pub(crate) const PINNED: i64 = 1 << 11;
    pub(crate) const EDIT: i64 = 1 << 12;
    pub(crate) const DELETE: i64 = 1 << 13;
    pub(crate) const INVITES: i64 = 1 << 15;
}

/// Notes what an account did in a supergroup or channel; basic groups have no log. `words` are what a search finds it by.
pub(crate) async fn note(
    call: &Call,
    peer: PeerId,
    user_id: i64,
    kind: i64,
    action: impl Into<Action>,
    words: &str,
) -> Answer<()> {
    if !peer.is_channel() {
        return Ok(());
    }
    let (date, folded) = (call.unix(), words.to_lowercase());
    let action = stored(&action.into())?;
    call.store().log(&LogRow { id: 0, peer: peer.0, user_id, date, kind, action, folded }).await?;
    Ok(())
}

/// The same of the caller.
pub(crate) async fn note_own(
    call: &Call,
    peer: PeerId,
    kind: i64,
    action: impl Into<Action>,
    words: &str,
) -> Answer<()> {
    note(call, peer, call.user_id()?, kind, action, words).await
}

/// A message for the log, as it is now.
pub(crate) async fn message_of(call: &Call, row: &MessageRow) -> Answer<enums::Message> {
    Ok(message::see(&Eyes::of(call)?, row, &mut Peers::default()).await?)
}

/// Somebody's part for the log, as nobody in particular sees it.
pub(crate) fn part_of(standing: &Standing, part: &MemberRow) -> enums::ChannelParticipant {
    let nobody = standing.of(MemberRow::default());
    let peer = PeerId::user(part.user_id).peer();
    participants::channel(&nobody, part).unwrap_or_else(|| types::ChannelParticipantLeft { peer }.into())
}

/// Notes that somebody's rights or restrictions have changed.
pub(crate) async fn note_part(
    call: &Call,
    standing: &Standing,
    kind: i64,
    before: &MemberRow,
    after: &MemberRow,
) -> Answer<()> {
    let (prev_participant, new_participant) = (part_of(standing, before), part_of(standing, after));
    let action: Action = if kind & (kind::PROMOTE | kind::DEMOTE) != 0 {
        types::ChannelAdminLogEventActionParticipantToggleAdmin { prev_participant, new_participant }.into()
    } else {
        types::ChannelAdminLogEventActionParticipantToggleBan { prev_participant, new_participant }.into()
    };
    note_own(call, standing.peer(), kind, action, "").await
}

pub(crate) async fn get(
    call: &Call,
    query: functions::channels::GetAdminLog,
) -> Answer<types::channels::AdminLogResults> {
    let standing = target::channel(call, &query.channel).await?;
    if !standing.is_admin() {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    let kinds = query.events_filter.as_ref().map_or(0, flags);
    let mut admins = Vec::new();
    for input in query.admins.iter().flatten().take(USERS_PER_CALL) {
        admins.extend(peer::find(call, input).await?.map(|user| user.id));
    }
    let wanted = query.q.trim().to_lowercase();
    let mut rows = call.store().admin_log(standing.chat.peer, (query.min_id, query.max_id), kinds).await?;
    rows.retain(|row| {
        (query.admins.is_none() || admins.contains(&row.user_id)) && row.folded.contains(&wanted)
    });
    rows.truncate(usize::try_from(query.limit).unwrap_or(0).clamp(1, MESSAGES_PER_CALL));
    let (eyes, mut peers, mut events) = (Eyes::of(call)?, Peers::default(), Vec::with_capacity(rows.len()));
    peers.add(standing.peer());
    for row in rows {
        // What we wrote ourselves can be read, unless somebody changed the database.
        let Ok(mut action) = Action::from_bytes(&row.action) else { continue };
        see(&eyes, &mut action, &mut peers);
        peers.add(PeerId::user(row.user_id));
        let (id, user_id, date) = (row.id, row.user_id, i32::try_from(row.date).unwrap_or(i32::MAX));
        events.push(types::ChannelAdminLogEvent { id, date, user_id, action });
    }
    let (users, chats) = peers.load(&eyes).await?;
    Ok(types::channels::AdminLogResults { events, chats, users })
}

/// An entry as the viewer may use it.
fn see(eyes: &Eyes<'_>, action: &mut Action, peers: &mut Peers) {
    let photo = |photo: &mut enums::Photo| {
        if let enums::Photo::Photo(photo) = photo {
            eyes.of_media().photo(photo);
        }
    };
    match action {
        Action::ChangePhoto(change) => {
            photo(&mut change.prev_photo);
            photo(&mut change.new_photo);
        }
        Action::UpdatePinned(event) => see_message(eyes, &mut event.message, peers),
        Action::DeleteMessage(event) => see_message(eyes, &mut event.message, peers),
        Action::EditMessage(event) => {
            see_message(eyes, &mut event.prev_message, peers);
            see_message(eyes, &mut event.new_message, peers);
        }
        Action::ParticipantInvite(event) => see_part(&event.participant, peers),
        Action::ParticipantToggleBan(event) => see_part(&event.new_participant, peers),
        Action::ParticipantToggleAdmin(event) => see_part(&event.new_participant, peers),
        Action::ParticipantJoinByInvite(event) => see_invite(&event.invite, peers),
        Action::ParticipantJoinByRequest(event) => {
            see_invite(&event.invite, peers);
            peers.add(PeerId::user(event.approved_by));
        }
        Action::ExportedInviteDelete(event) => see_invite(&event.invite, peers),
        Action::ExportedInviteRevoke(event) => see_invite(&event.invite, peers),
        Action::ExportedInviteEdit(event) => see_invite(&event.new_invite, peers),
        _ => {}
    }
}

fn see_message(eyes: &Eyes<'_>, message: &mut enums::Message, peers: &mut Peers) {
    let me = PeerId::user(eyes.user_id()).peer();
    match message {
        enums::Message::Message(message) => {
            message.out = message.from_id.as_ref() == Some(&me);
            (message.mentioned, message.media_unread) = (false, false);
            message.media.iter_mut().for_each(|one| media::see(one, &eyes.of_media()));
            peers.add_api(message.from_id.as_ref());
            if let Some(fwd) = &message.fwd_from {
                peers.add_api(fwd.from_id.as_ref());
            }
        }
        enums::Message::Service(message) => {
            message.out = message.from_id.as_ref() == Some(&me);
            peers.add_api(message.from_id.as_ref());
        }
        enums::Message::Empty(_) => {}
    }
}

fn see_part(part: &enums::ChannelParticipant, peers: &mut Peers) {
    use enums::ChannelParticipant as P;
    let user = match part {
        P::Participant(part) => part.user_id,
        P::ParticipantSelf(part) => part.user_id,
        P::Creator(part) => part.user_id,
        P::Admin(part) => {
            peers.add(PeerId::user(part.promoted_by));
            part.user_id
        }
        P::Banned(part) => {
            peers.add(PeerId::user(part.kicked_by));
            return peers.add_api(Some(&part.peer));
        }
        P::Left(part) => return peers.add_api(Some(&part.peer)),
    };
    peers.add(PeerId::user(user));
}

fn see_invite(invite: &enums::ExportedChatInvite, peers: &mut Peers) {
    if let enums::ExportedChatInvite::Exported(invite) = invite {
        peers.add(PeerId::user(invite.admin_id));
    }
}
