//! What clients ask before anything else, and now and then afterwards.

use chappe_api::{enums, functions as f, types};

use crate::call::Call;
use crate::methods::errors::{Answer, internal};
use crate::model::user;

/// How long a client may keep an answer that says "nothing", in seconds.
const LIFETIME: i32 = 24 * 3600;
/// The account that the server itself speaks through.
const SERVICE: i64 = 777_000;

/// `help.getAppConfig`: nothing is configured, so clients go by what they bring along.
pub(crate) async fn app_config(_: &Call, query: f::help::GetAppConfig) -> Answer<enums::help::AppConfig> {
    const HASH: i32 = 1;
    if query.hash == HASH {
        return Ok(enums::help::AppConfig::NotModified);
    }
    let config = types::JsonObject { value: Vec::new() }.into();
    Ok(types::help::AppConfig { hash: HASH, config }.into())
}

/// `help.getAppUpdate`
pub(crate) async fn app_update(_: &Call, _: f::help::GetAppUpdate) -> Answer<enums::help::AppUpdate> {
    Ok(enums::help::AppUpdate::NoAppUpdate)
}

/// `help.getCdnConfig`: the key of the CDN data centre, if there is one.
pub(crate) async fn cdn_config(call: &Call, _: f::help::GetCdnConfig) -> Answer<types::CdnConfig> {
    let key = |cdn: &std::sync::Arc<crate::cdn::Shared>| types::CdnPublicKey {
        dc_id: cdn.centre.id,
        public_key: crate::cdn::Cdn(std::sync::Arc::clone(cdn)).public_key_pem(),
    };
    Ok(types::CdnConfig { public_keys: call.world.cdn.iter().map(key).collect() })
}

/// `help.getDeepLinkInfo`
pub(crate) async fn deep_link_info(
    _: &Call,
    _: f::help::GetDeepLinkInfo,
) -> Answer<enums::help::DeepLinkInfo> {
    Ok(enums::help::DeepLinkInfo::Empty)
}

/// `help.getInviteText`
pub(crate) async fn invite_text(_: &Call, _: f::help::GetInviteText) -> Answer<types::help::InviteText> {
    Ok(types::help::InviteText { message: "Talk to me on our own Telegram.".to_owned() })
}

/// `help.getPeerColors` and `help.getPeerProfileColors`: none but those that clients bring along.
pub(crate) async fn peer_colors(_: &Call, _: f::help::GetPeerColors) -> Answer<enums::help::PeerColors> {
    Ok(types::help::PeerColors { hash: 0, colors: Vec::new() }.into())
}

/// See [`peer_colors`].
pub(crate) async fn profile_colors(
    _: &Call,
    _: f::help::GetPeerProfileColors,
) -> Answer<enums::help::PeerColors> {
    Ok(types::help::PeerColors { hash: 0, colors: Vec::new() }.into())
}

/// `help.getPromoData`
pub(crate) async fn promo_data(call: &Call, _: f::help::GetPromoData) -> Answer<enums::help::PromoData> {
    Ok(types::help::PromoDataEmpty { expires: call.date().saturating_add(LIFETIME) }.into())
}

/// `help.getSupport`
pub(crate) async fn support(call: &Call, _: f::help::GetSupport) -> Answer<types::help::Support> {
    let row = call.store().user(SERVICE).await?.ok_or_else(internal)?;
    let user =
        user::see(call.store(), &call.world.access, &row, call.viewer(call.user_id()?), call.unix()).await?;
    Ok(types::help::Support { phone_number: format!("+{}", row.phone.unwrap_or_default()), user })
}

/// `help.acceptTermsOfService`: there are none, so whichever are meant are accepted.
pub(crate) async fn accept_terms(_: &Call, _: f::help::AcceptTermsOfService) -> Answer<bool> {
    Ok(true)
}

/// `help.getTermsOfServiceUpdate`
pub(crate) async fn terms_update(
    call: &Call,
    _: f::help::GetTermsOfServiceUpdate,
) -> Answer<enums::help::TermsOfServiceUpdate> {
    Ok(types::help::TermsOfServiceUpdateEmpty { expires: call.date().saturating_add(LIFETIME) }.into())
}

/// `help.getTimezonesList`: the whole hours.
pub(crate) async fn timezones(
    _: &Call,
    query: f::help::GetTimezonesList,
) -> Answer<enums::help::TimezonesList> {
    const HASH: i32 = 1;
    if query.hash == HASH {
        return Ok(enums::help::TimezonesList::NotModified);
    }
    let zone = |hours: i32| {
        // The names of these zones have the sign the other way round.
        let id = if hours == 0 { "Etc/UTC".to_owned() } else { format!("Etc/GMT{:+}", -hours) };
        types::Timezone { id, name: format!("UTC{hours:+}"), utc_offset: hours * 3600 }
    };
    Ok(types::help::TimezonesList { timezones: (-12..=14).map(zone).collect(), hash: HASH }.into())
}
