//! Who may write where, and what.

use chappe_api::enums;
use chappe_mtproto::rpc::RpcError;

use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model::group::Standing;
use crate::model::privacy::{self, Subject};
use crate::model::rights::{admin, banned};
use crate::model::target::{self, Target};
use crate::store::kinds;

/// Whether the caller may write here, and such a thing.
pub(crate) async fn check_write(call: &Call, target: &Target, media: bool) -> Answer<()> {
    match target {
        Target::User(user) => {
            let me = call.user().await?;
            if user.deleted {
                return Err(call.refuse(&["INPUT_USER_DEACTIVATED", "PEER_ID_INVALID"]));
            }
            if me.is_bot && user.is_bot {
                return Err(call.refuse(&["USER_IS_BOT", "USER_BOT_TO_BOT_DISABLED", "PEER_ID_INVALID"]));
            }
            if me.id != user.id && call.store().has_blocked(me.id, user.id).await? {
                return Err(call.refuse(&["YOU_BLOCKED_USER", "PEER_ID_INVALID"]));
            }
            // People who are blocked do not learn of it; bots do.
            if me.is_bot && call.store().has_blocked(user.id, me.id).await? {
                return Err(call.refuse(&["USER_IS_BLOCKED"]));
            }
            // A bot answers; it does not begin.
            if me.is_bot && me.id != user.id && call.store().dialog(me.id, user.id).await?.is_none() {
                return Err(call.refuse(&["PEER_ID_INVALID", "CHAT_WRITE_FORBIDDEN"]));
            }
            Ok(())
        }
        Target::Group(standing) => check_group(call, standing, media),
    }
}

fn check_group(call: &Call, standing: &Standing, media: bool) -> Answer<()> {
    if standing.is_basic() && (!standing.is_in() || standing.chat.deleted || standing.chat.migrated_to != 0) {
        return Err(call.refuse(&["CHAT_WRITE_FORBIDDEN", "CHAT_ID_INVALID", "PEER_ID_INVALID"]));
    }
    if standing.is_broadcast() {
        return match standing.admin() & admin::POST {
            0 => Err(call.refuse(&["CHAT_ADMIN_REQUIRED", "CHAT_WRITE_FORBIDDEN"])),
            _ => Ok(()),
        };
    }
    if !standing.is_in() {
        return Err(call.refuse(&["CHAT_WRITE_FORBIDDEN", "USER_BANNED_IN_CHANNEL"]));
    }
    if standing.is_admin() {
        return Ok(());
    }
    let what = banned::SEND | if media { banned::MEDIA } else { banned::PLAIN };
    if standing.bans() & what != 0 {
        return Err(call.refuse(&["USER_BANNED_IN_CHANNEL", "CHAT_WRITE_FORBIDDEN"]));
    }
    if standing.chat.banned_rights & banned::SEND != 0 {
        return Err(call.refuse(&["CHAT_WRITE_FORBIDDEN"]));
    }
    if standing.chat.banned_rights & what != 0 {
        let error = if media { "CHAT_SEND_MEDIA_FORBIDDEN" } else { "CHAT_SEND_PLAIN_FORBIDDEN" };
        return Err(call.refuse(&[error, "CHAT_WRITE_FORBIDDEN"]));
    }
    Ok(())
}

/// Seconds that the caller waits between two messages by slow mode.
pub(super) fn pause(target: &Target) -> i64 {
    target.standing().filter(|standing| !standing.is_admin()).map_or(0, |standing| standing.chat.slowmode)
}

/// The error of slow mode, with the seconds to wait.
pub(super) fn slow_mode(wait: i64) -> RpcError {
    RpcError::new(420, &format!("SLOWMODE_WAIT_{wait}"))
}

/// Refuses those who write in a supergroup again before slow mode lets them, before anything is done for them: what holds is
/// looked at as the message is written. What was sent before under one of `random_ids` is no new message.
pub(crate) async fn check_pace(call: &Call, target: &Target, random_ids: &[i64]) -> Answer<()> {
    let (pause, Some(standing)) = (pause(target), target.standing()) else { return Ok(()) };
    let me = standing.user_id;
    if pause == 0 {
        return Ok(());
    }
    for random_id in random_ids {
        if call.store().was_sent(me, *random_id).await? {
            return Ok(());
        }
    }
    let next = call.store().last_sent(standing.chat.peer, me).await?.saturating_add(pause);
    let wait = next.saturating_sub(call.unix());
    if wait > 0 { Err(slow_mode(wait)) } else { Ok(()) }
}

/// Refuses what members may not send here, and what somebody does not want to get, by the bits of [`kinds`].
pub(crate) async fn check_kinds(call: &Call, target: &Target, kinds: i64) -> Answer<()> {
    const FORBIDDEN: [(i64, i64, &str); 6] = [
        (kinds::PHOTO, banned::PHOTOS, "CHAT_SEND_PHOTOS_FORBIDDEN"),
        (kinds::VIDEO | kinds::ROUND, banned::VIDEOS, "CHAT_SEND_VIDEOS_FORBIDDEN"),
        (kinds::DOCUMENT, banned::DOCS, "CHAT_SEND_DOCS_FORBIDDEN"),
        (kinds::GIF, banned::GIFS, "CHAT_SEND_GIFS_FORBIDDEN"),
        (kinds::VOICE, banned::VOICES, "CHAT_SEND_VOICES_FORBIDDEN"),
        (kinds::MUSIC, banned::AUDIOS, "CHAT_SEND_AUDIOS_FORBIDDEN"),
    ];
    if let Target::User(user) = target
        && kinds & (kinds::VOICE | kinds::ROUND) != 0
        && !privacy::is_allowed(call.store(), user.id, Subject::VoiceMessages, call.user_id()?).await?
    {
        return Err(call.refuse(&["VOICE_MESSAGES_FORBIDDEN", "MEDIA_INVALID"]));
    }
    let Some(standing) = target.standing().filter(|standing| !standing.is_admin()) else { return Ok(()) };
    let bans = standing.bans() | standing.chat.banned_rights;
    match FORBIDDEN.iter().find(|(kind, ban, _)| kinds & kind != 0 && bans & ban != 0) {
        Some((.., error)) => Err(call.refuse(&[error, "CHAT_SEND_MEDIA_FORBIDDEN", "CHAT_WRITE_FORBIDDEN"])),
        None => Ok(()),
    }
}

/// Whether a message is to show the group as its author: by default those of administrators who stay unnamed do, and
/// they and the creator may choose. Nobody speaks as anybody else: `SEND_AS_PEER_INVALID`.
pub(crate) async fn as_group(
    call: &Call,
    target: &Target,
    send_as: Option<&enums::InputPeer>,
) -> Answer<bool> {
    let standing = target.standing().filter(|standing| !standing.is_basic() && !standing.is_broadcast());
    let unnamed = standing.is_some_and(Standing::is_unnamed);
    let Some(input) = send_as else { return Ok(unnamed) };
    let (peer, me) = (target::find(call, input).await?.peer(), call.user_id()?);
    let creator = standing.is_some_and(Standing::is_creator);
    match standing {
        _ if peer.0 == me => Ok(false),
        Some(standing) if peer == standing.peer() && (unnamed || creator) => Ok(true),
        // A channel speaks as itself anyway.
        _ if peer == target.peer() && target.standing().is_some_and(Standing::is_broadcast) => Ok(false),
        _ => Err(call.refuse(&["SEND_AS_PEER_INVALID"])),
    }
}
