//! `channels.getParticipant` and `getParticipants`

use chappe_api::{enums, functions, types};
use enums::ChannelParticipantsFilter as F;

use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model::eyes::{Eyes, Peers};
use crate::model::group::Standing;
use crate::model::peer_id::PeerId;
use crate::model::target::{self, Target};
use crate::model::{list_hash, participants};
use crate::store::MemberRow;
use crate::store::chats::REMOVED;

/// Participants in one answer.
const PAGE: i32 = 200;

pub(crate) async fn one(
    call: &Call,
    query: functions::channels::GetParticipant,
) -> Answer<types::channels::ChannelParticipant> {
    let standing = target::channel(call, &query.channel).await?;
    let Target::User(user) = target::find(call, &query.participant).await? else {
        return Err(call.refuse(&["PARTICIPANT_ID_INVALID"]));
    };
    if standing.is_broadcast() && !standing.is_admin() && user.id != standing.user_id {
        return Err(call.refuse(&["CHAT_ADMIN_REQUIRED"]));
    }
    let absent = || call.refuse(&["USER_NOT_PARTICIPANT"]);
    let part = call.store().member(standing.chat.peer, user.id).await?.ok_or_else(absent)?;
    let restricted = standing.of(part.clone()).bans() != 0;
    if !part.is_in() && !restricted {
        return Err(absent());
    }
    let participant = participants::channel(&standing, &part).ok_or_else(absent)?;
    let mut peers = Peers::default();
    peers.add(standing.peer());
    name(&part, &mut peers);
    let (users, chats) = peers.load(&Eyes::of(call)?).await?;
    Ok(types::channels::ChannelParticipant { participant, chats, users })
}

/// Everybody whom a participant names.
fn name(part: &MemberRow, peers: &mut Peers) {
    for user in [part.user_id, part.inviter, part.promoted_by, part.banned_by] {
        peers.add(PeerId::user(user));
    }
}

/// Whether a filter is for everybody: in a channel only administrators see who is there.
fn check(call: &Call, standing: &Standing, filter: &F) -> Answer<()> {
    let secret = standing.is_broadcast() || matches!(filter, F::Kicked(_) | F::Banned(_));
    if secret && !standing.is_admin() { Err(call.refuse(&["CHAT_ADMIN_REQUIRED"])) } else { Ok(()) }
}

/// Whether somebody's name or username has a word that begins so.
pub(crate) async fn is_named(call: &Call, user_id: i64, wanted: &str) -> Answer<bool> {
    let wanted = wanted.trim().trim_start_matches('@').to_lowercase();
    if wanted.is_empty() {
        return Ok(true);
    }
    let Some(user) = call.store().user(user_id).await? else { return Ok(false) };
    let contact = call.store().contact(call.user_id()?, user_id).await?;
    let known = contact.map_or_else(String::new, |row| format!("{} {}", row.first_name, row.last_name));
    let names = format!("{} {} {known}", user.first_name, user.last_name).to_lowercase();
    let username = user.username.unwrap_or_default().to_lowercase();
    Ok(names.split_whitespace().any(|word| word.starts_with(&wanted))
        || names.starts_with(&wanted)
        || username.starts_with(&wanted))
}

async fn fits(call: &Call, standing: &Standing, filter: &F, part: &MemberRow) -> Answer<bool> {
    let bans = standing.of(part.clone()).bans();
    let (user, is_in) = (part.user_id, part.is_in());
    Ok(match filter {
        F::Recent => is_in,
        F::Admins => is_in && (part.admin_rights != 0 || user == standing.chat.creator),
        F::Bots => is_in && call.store().user(user).await?.is_some_and(|user| user.is_bot),
        F::Kicked(filter) => part.state == REMOVED && bans != 0 && is_named(call, user, &filter.q).await?,
        F::Banned(filter) => part.state != REMOVED && bans != 0 && is_named(call, user, &filter.q).await?,
        F::Search(filter) => is_in && is_named(call, user, &filter.q).await?,
        F::Contacts(filter) => {
            let known = call.store().contact(standing.user_id, user).await?.is_some();
            is_in && known && is_named(call, user, &filter.q).await?
        }
        F::Mentions(filter) => is_in && is_named(call, user, filter.q.as_deref().unwrap_or("")).await?,
    })
}

pub(crate) async fn many(
    call: &Call,
    query: functions::channels::GetParticipants,
) -> Answer<enums::channels::ChannelParticipants> {
    let standing = target::channel(call, &query.channel).await?;
    check(call, &standing, &query.filter)?;
    let mut found = Vec::new();
    for part in call.store().members(standing.chat.peer).await? {
        if fits(call, &standing, &query.filter, &part).await? {
            found.push(part);
        }
    }
    let count = i32::try_from(found.len()).unwrap_or(i32::MAX);
    let offset = usize::try_from(query.offset).unwrap_or(0);
    let limit = usize::try_from(query.limit.clamp(0, PAGE)).unwrap_or(0);
    let page: Vec<MemberRow> = found.into_iter().skip(offset).take(limit).collect();
    if query.hash != 0 && query.hash == list_hash::of(page.iter().map(|part| part.user_id)) {
        return Ok(enums::channels::ChannelParticipants::NotModified);
    }
    let (mut peers, mut participants) = (Peers::default(), Vec::with_capacity(page.len()));
    peers.add(standing.peer());
    for part in &page {
        name(part, &mut peers);
        participants.extend(participants::channel(&standing, part));
    }
    let (users, chats) = peers.load(&Eyes::of(call)?).await?;
    Ok(types::channels::ChannelParticipants { count, participants, chats, users }.into())
}
