//! `contacts.getBlocked`

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model::update::{self, Viewer};

/// Entries in one answer, at most.
const PAGE: i32 = 100;

pub(crate) async fn handle(
    call: &Call,
    query: functions::contacts::GetBlocked,
) -> Answer<enums::contacts::Blocked> {
    let owner = call.user_id()?;
    // Stories are not served, so nobody is shut out from them.
    let all = if query.my_stories_from { Vec::new() } else { call.store().blocked_list(owner).await? };
    let offset = usize::try_from(query.offset).unwrap_or(0);
    let limit = usize::try_from(query.limit.clamp(0, PAGE)).unwrap_or(0);
    let page: Vec<(i64, i64)> = all.iter().copied().skip(offset).take(limit).collect();
    let viewer = Viewer { device: call.device, user_id: owner, dc_id: call.environment.this_dc };
    let ids = page.iter().map(|(id, _)| *id).collect();
    let users = update::users(call.store(), &call.world.access, viewer, ids, call.unix()).await?;
    let blocked: Vec<types::PeerBlocked> = page
        .iter()
        .map(|(id, at)| types::PeerBlocked {
            peer_id: types::PeerUser { user_id: *id }.into(),
            date: i32::try_from(*at).unwrap_or(i32::MAX),
        })
        .collect();
    let chats = Vec::new();
    Ok(if blocked.len() < all.len() {
        let count = i32::try_from(all.len()).unwrap_or(i32::MAX);
        types::contacts::BlockedSlice { count, blocked, chats, users }.into()
    } else {
        types::contacts::Blocked { blocked, chats, users }.into()
    })
}
