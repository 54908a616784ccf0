//! `messages.getDhConfig`

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::limits::DH_RANDOM_LEN;
use crate::methods::errors::{Answer, bad_request};

/// Of the well-known prime with g = 3. There has never been another here.
const VERSION: i32 = 1;

pub(crate) async fn handle(
    call: &Call,
    query: functions::messages::GetDhConfig,
) -> Answer<enums::messages::DhConfig> {
    if !(0..=DH_RANDOM_LEN).contains(&query.random_length) {
        return Err(bad_request("RANDOM_LENGTH_INVALID"));
    }
    // Clients mix these into their own randomness and count on 256 of them, whatever they asked for.
    let random = call.world.rng.bytes::<256>().to_vec();
    if query.version == VERSION {
        return Ok(types::messages::DhConfigNotModified { random }.into());
    }
    let dh = &call.world.dh;
    Ok(types::messages::DhConfig { g: dh.g(), p: dh.p().to_vec(), version: VERSION, random }.into())
}
