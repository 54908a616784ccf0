//! `updates.getState`

use chappe_api::{functions, types};

use crate::call::Call;
use crate::methods::errors::Answer;

pub(crate) async fn handle(call: &Call, _: functions::updates::GetState) -> Answer<types::updates::State> {
    let user_id = call.user_id()?;
    Ok(types::updates::State {
        pts: call.store().pts(user_id).await?,
        qts: call.store().device_qts(call.device).await?,
        date: call.date(),
        seq: 0,
        unread_count: call.store().unread_total(user_id).await?,
    })
}
