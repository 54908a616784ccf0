//! `contacts.getStatuses`: who of the contacts was seen when.

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model::user;

pub(crate) async fn statuses(
    call: &Call,
    _: functions::contacts::GetStatuses,
) -> Answer<Vec<types::ContactStatus>> {
    let (owner, mut statuses) = (call.user_id()?, Vec::new());
    for contact in call.store().contacts(owner).await? {
        let Some(row) = call.store().user(contact.contact_id).await? else { continue };
        let seen = user::see(call.store(), &call.world.access, &row, call.viewer(owner), call.unix()).await?;
        if let enums::User::User(seen) = seen
            && let Some(status) = seen.status.clone()
        {
            statuses.push(types::ContactStatus { user_id: row.id, status });
        }
    }
    Ok(statuses)
}
