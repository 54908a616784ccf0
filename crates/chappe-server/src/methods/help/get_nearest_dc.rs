//! `help.getNearestDc`

use chappe_api::{functions, types};

use crate::call::Call;
use crate::methods::errors::Answer;

pub(crate) async fn handle(call: &Call, _: functions::help::GetNearestDc) -> Answer<types::NearestDc> {
    let this_dc = call.environment.this_dc;
    Ok(types::NearestDc { country: "FR".to_owned(), this_dc, nearest_dc: this_dc })
}
