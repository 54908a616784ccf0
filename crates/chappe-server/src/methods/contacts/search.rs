//! `contacts.search`: contacts by name, and everybody by the beginning of the username.

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::model::update::{self, Viewer};
use crate::store::NameOwner;

/// Results of each kind, at most.
const MAX_RESULTS: i32 = 50;
/// Usernames are not found by fewer characters.
const MIN_PREFIX: usize = 3;

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
    let (mut mine, mut others) = (Vec::new(), Vec::new());
    for contact in call.store().contacts(owner).await? {
        let Some(row) = call.store().user(contact.contact_id).await? else { continue };
        let name = format!("{} {}", contact.first_name, contact.last_name).to_lowercase();
        let named =
            name.split_whitespace().any(|word| word.starts_with(&wanted)) || name.starts_with(&wanted);
        let username = row.username.as_deref().unwrap_or_default().to_lowercase();
        if (named || username.starts_with(&wanted)) && (!query.bots || row.is_bot) && mine.len() < limit {
            mine.push(row.id);
        }
    }
    if wanted.chars().count() >= MIN_PREFIX && !query.broadcasts {
        for found in call.store().name_owners(&wanted, i64::from(MAX_RESULTS)).await? {
            let NameOwner::User(id) = found else { continue };
            let is_bot = call.store().user(id).await?.is_some_and(|row| row.is_bot);
            if !mine.contains(&id) && id != owner && (!query.bots || is_bot) && others.len() < limit {
                others.push(id);
            }
        }
    }
    let viewer = Viewer { device: call.device, user_id: owner, dc_id: call.environment.this_dc };
    let ids = mine.iter().chain(&others).copied().collect();
    let users = update::users(call.store(), &call.world.access, viewer, ids, call.unix()).await?;
    let peers = |ids: Vec<i64>| -> Vec<enums::Peer> {
        ids.into_iter().map(|user_id| types::PeerUser { user_id }.into()).collect()
    };
    Ok(types::contacts::Found { my_results: peers(mine), results: peers(others), chats: Vec::new(), users })
}
