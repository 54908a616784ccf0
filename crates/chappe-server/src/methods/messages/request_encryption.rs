//! `messages.requestEncryption`

use chappe_api::{enums, functions};

use crate::call::Call;
use crate::limits::SECRET_QUEUE_WAIT;
use crate::methods::errors::{Answer, bad_request, flood_wait, forbidden};
use crate::model::{chat, peer};
use crate::store::{CreateOutcome, NewSecretChat};

/// Ids to fall back to if the client's own is taken.
const OTHER_IDS: usize = 8;

pub(crate) async fn handle(
    call: &Call,
    query: functions::messages::RequestEncryption,
) -> Answer<enums::EncryptedChat> {
    call.show(&query.g_a);
    let admin_id = call.user_id()?;
    let target = peer::find(call, &query.user_id).await?;
    let target = target.filter(|user| user.id != admin_id && !user.is_bot);
    let target = target.ok_or_else(|| bad_request("USER_ID_INVALID"))?;
    if target.deleted {
        return Err(bad_request("INPUT_USER_DEACTIVATED"));
    }
    if call.store().has_blocked(target.id, admin_id).await? {
        return Err(forbidden("USER_IS_BLOCKED"));
    }
    let g_a = call.world.dh.check_public(&query.g_a).map_err(|_| bad_request("DH_G_A_INVALID"))?;
    if call.store().devices_for_requests(target.id).await?.is_empty() {
        // Nobody is there who could accept.
        return Ok(chat::discarded(query.random_id, false));
    }
    let other_ids = (0..OTHER_IDS).map(|_| i32::from_le_bytes(call.world.rng.bytes()) & i32::MAX).collect();
    let new = NewSecretChat {
        random_id: query.random_id,
        admin_id,
        admin_auth: call.device,
        participant_id: target.id,
        g_a: g_a.to_vec(),
        other_ids,
    };
    let (row, change) = match call.store().create_secret_chat(&new, call.date()).await? {
        CreateOutcome::Created(row, change) => (row, change),
        CreateOutcome::Duplicate => return Err(bad_request("RANDOM_ID_DUPLICATE")),
        CreateOutcome::TooMany => return Err(flood_wait(SECRET_QUEUE_WAIT)),
    };
    call.after_changes([change]);
    Ok(chat::see(&row, admin_id, call.device, &call.world.access)
        .unwrap_or_else(|| chat::discarded(row.id, false)))
}
