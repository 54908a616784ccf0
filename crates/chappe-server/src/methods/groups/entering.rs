//! How somebody comes into a group or channel by themselves: by its name, by a link, or after asking.

use chappe_api::enums;

use super::tell;
use crate::call::Call;
use crate::limits::{CHANNELS_PER_ACCOUNT, GROUP_MEMBERS};
use crate::methods::errors::Answer;
use crate::methods::messages::outgoing::{self, Outgoing};
use crate::model::group::Standing;
use crate::model::note::{Hearers, Note};
use crate::model::peer_id::PeerId;
use crate::model::rights::admin;
use crate::model::target::Target;
use crate::store::chats::MEMBER;
use crate::store::{AccountChange, Amendment, Change, Entry, JoinRequestRow, MemberRow};

/// Refuses an account that is in as many channels as it may be.
pub(crate) async fn check_room(call: &Call, user_id: i64) -> Answer<()> {
    if call.store().channel_count(user_id).await? < CHANNELS_PER_ACCOUNT {
        return Ok(());
    }
    let own = ["CHANNELS_TOO_MUCH", "USER_CHANNELS_TOO_MUCH"];
    let theirs = ["USER_CHANNELS_TOO_MUCH", "CHANNELS_TOO_MUCH"];
    Err(call.refuse(if user_id == call.user_id()? { &own } else { &theirs }))
}

/// How a chat of this kind says who is in it.
pub(crate) const fn membership(peer: PeerId) -> AccountChange {
    if peer.is_channel() { AccountChange::Channel } else { AccountChange::Members }
}

/// The part of somebody (`who.0`) whom `who.1` brings in. Restrictions that are still in force stay.
pub(crate) fn part(standing: &Standing, before: Option<MemberRow>, who: (i64, i64), now: i64) -> MemberRow {
    let fresh = MemberRow::joined(standing.chat.peer, who.0, who.1, now);
    match before {
        Some(before)
            if standing.of(before.clone()).bans() != 0 && !standing.of(before.clone()).is_removed() =>
        {
            MemberRow { state: MEMBER, inviter: who.1, date: now, ..before }
        }
        Some(before) => MemberRow { revision: before.revision, ..fresh },
        None => fresh,
    }
}

/// Brings an account (`who.0`) in on behalf of another, by a link if it came by one; groups say so in its name.
/// `USERS_TOO_MUCH` if a group is full, `INVITE_HASH_EXPIRED` if the link is spent. Either way the link is not used then.
pub(crate) async fn enter(
    call: &Call,
    standing: Standing,
    who: (i64, i64),
    entry: Option<Entry>,
    action: enums::MessageAction,
) -> Answer<Option<Change>> {
    let peer = standing.peer();
    if standing.is_basic() && standing.chat.members >= GROUP_MEMBERS {
        return Err(call.refuse(&["USERS_TOO_MUCH"]));
    }
    if peer.is_channel() {
        check_room(call, who.0).await?;
    }
    let before = call.store().member(peer.0, who.0).await?;
    let members = vec![part(&standing, before, who, call.unix())];
    let amendment = Amendment { entry, ..Amendment::members(members) };
    let change = if standing.is_broadcast() {
        call.store().amend(peer.0, &amendment).await?;
        None
    } else {
        let target = Target::Group(Box::new(standing));
        let out = Outgoing { action: Some(action), amendment, author: who.0, ..Outgoing::default() };
        Some(outgoing::send(call, &target, out).await?.change)
    };
    if peer.is_channel() {
        call.account_changed(who.0, AccountChange::Channel, peer).await?;
    } else {
        tell::members(call, peer, AccountChange::Members).await?;
    }
    Ok(change)
}

/// Asks to be let in, by a link or, for a public chat, without one.
pub(crate) async fn ask(call: &Call, standing: &Standing, hash: &str) -> Answer<()> {
    let (user_id, date) = (call.user_id()?, call.unix());
    let request = JoinRequestRow { peer: standing.chat.peer, user_id, hash: hash.to_owned(), date };
    if call.store().request_join(&request).await? {
        tell_doorkeepers(call, standing).await?;
    }
    Ok(())
}

/// Has those who let people in hear that somebody asks, or asks no more.
pub(crate) async fn tell_doorkeepers(call: &Call, standing: &Standing) -> Answer<()> {
    let mut keepers = Vec::new();
    for member in call.store().members(standing.chat.peer).await? {
        let user_id = member.user_id;
        if member.is_in() && standing.of(member).admin() & admin::INVITE != 0 {
            keepers.push(user_id);
        }
    }
    let (peer, change) = (standing.peer(), AccountChange::JoinRequests);
    for keeper in &keepers {
        call.store().account_changed(*keeper, change, peer.0, call.unix()).await?;
    }
    call.after(crate::call::After::Note {
        to: Hearers::Accounts(keepers),
        note: Note::Account { change, peer },
    });
    Ok(())
}
