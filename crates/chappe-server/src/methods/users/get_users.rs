//! `users.getUsers`

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::limits::USERS_PER_CALL;
use crate::methods::errors::Answer;
use crate::model::{peer, user};

pub(crate) async fn handle(call: &Call, query: functions::users::GetUsers) -> Answer<Vec<enums::User>> {
    let viewer = call.user_id()?;
    let mut users = Vec::new();
    for input in query.id.iter().take(USERS_PER_CALL) {
        // Somebody who cannot be named by the caller is an empty user, not an error for all the others.
        match peer::find(call, input).await? {
            Some(row) => users.push(
                user::see(call.store(), &call.world.access, &row, call.viewer(viewer), call.unix()).await?,
            ),
            None => users.push(types::UserEmpty { id: peer::claimed_id(input) }.into()),
        }
    }
    Ok(users)
}

/// `users.getRequirementsToContact`: nobody has to pay or be anything to write to somebody here.
pub(crate) async fn requirements(
    call: &Call,
    query: functions::users::GetRequirementsToContact,
) -> Answer<Vec<enums::RequirementToContact>> {
    call.user_id()?;
    Ok(query.id.iter().take(USERS_PER_CALL).map(|_| enums::RequirementToContact::Empty).collect())
}
