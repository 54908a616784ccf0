//! `contacts.search`: contacts and own chats by name, and everybody by the beginning of the username.

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::model::eyes::{Eyes, Peers};
use crate::model::group;
use crate::model::peer_id::PeerId;
use crate::store::NameOwner;

/// Results of each kind, at most.
const MAX_RESULTS: i32 = 50;
/// Usernames are not found by fewer characters.
const MIN_PREFIX: usize = 3;

/// Whether a name, or a word in it, begins so.
fn is_named(name: &str, wanted: &str) -> bool {
    let name = name.to_lowercase();
    name.split_whitespace().any(|word| word.starts_with(wanted)) || name.starts_with(wanted)
}

pub(crate) async fn handle(
    call: &Call,
    query: functions::contacts::Search,
) -> Answer<types::contacts::Found> {
    let owner = call.user_id()?;
    let wanted = query.q.trim().trim_start_matches('@').to_lowercase();
    if wanted.is_empty() {
        return Err(bad_request("SEARCH_QUERY_EMPTY"));
    }
    let limit = usize::try_from(query.limit.clamp(1, MAX_RESULTS)).unwrap_or(1);
    let mut mine = Vec::new();
    if !query.broadcasts {
        mine = contacts(call, &wanted, query.bots).await?;
    }
    if !query.bots {
        mine.extend(chats(call, &wanted, query.broadcasts).await?);
    }
    mine.truncate(limit);
    let mut others = Vec::new();
    if wanted.chars().count() >= MIN_PREFIX {
        for found in call.store().name_owners(&wanted, i64::from(MAX_RESULTS)).await? {
            let peer = match found {
                NameOwner::User(id) if !query.broadcasts && id != owner => {
                    let is_bot = call.store().user(id).await?.is_some_and(|row| row.is_bot);
                    Some(PeerId::user(id)).filter(|_| !query.bots || is_bot)
                }
                NameOwner::Channel(id) if !query.bots => Some(PeerId::channel(id)),
                _ => None,
            };
            others.extend(peer.filter(|peer| !mine.contains(peer) && others.len() < limit));
        }
    }
    let mut peers = Peers::default();
    mine.iter().chain(&others).for_each(|peer| peers.add(*peer));
    let (users, chats) = peers.load(&Eyes::of(call)?).await?;
    let peers = |found: Vec<PeerId>| -> Vec<enums::Peer> { found.into_iter().map(PeerId::peer).collect() };
    Ok(types::contacts::Found { my_results: peers(mine), results: peers(others), chats, users })
}

async fn contacts(call: &Call, wanted: &str, bots: bool) -> Answer<Vec<PeerId>> {
    let mut found = Vec::new();
    for contact in call.store().contacts(call.user_id()?).await? {
        let Some(row) = call.store().user(contact.contact_id).await? else { continue };
        let named = is_named(&format!("{} {}", contact.first_name, contact.last_name), wanted);
        let username = row.username.as_deref().unwrap_or_default().to_lowercase();
        if (named || username.starts_with(wanted)) && (!bots || row.is_bot) {
            found.push(PeerId::user(row.id));
        }
    }
    Ok(found)
}

/// The groups and channels that the caller is in.
async fn chats(call: &Call, wanted: &str, broadcasts: bool) -> Answer<Vec<PeerId>> {
    let (eyes, mut found) = (Eyes::of(call)?, Vec::new());
    for peer in call.store().chats_of(call.user_id()?).await? {
        let Some(standing) = group::standing(&eyes, PeerId(peer)).await? else { continue };
        let chat = &standing.chat;
        let usable = !chat.deleted && chat.migrated_to == 0 && (!broadcasts || standing.is_broadcast());
        let username = chat.username.as_deref().unwrap_or_default().to_lowercase();
        if usable && (is_named(&chat.title, wanted) || username.starts_with(wanted)) {
            found.push(PeerId(peer));
        }
    }
    Ok(found)
}
