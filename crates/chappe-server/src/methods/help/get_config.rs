//! `help.getConfig`

use chappe_api::{functions, types};

use crate::call::{Call, Environment};
use crate::limits::READ_MEDIA_PERIOD;
use crate::methods::errors::Answer;

/// How long a client may keep the answer, in seconds.
const LIFETIME: i32 = 3600;

pub(crate) async fn handle(call: &Call, _: functions::help::GetConfig) -> Answer<types::Config> {
    let Environment { this_dc, test_mode, .. } = call.environment;
    let centres = &call.world.centres;
    let mut options: Vec<(i32, u16)> =
        centres.all().iter().map(|centre| (centre.id, centre.address.port())).collect();
    if !centres.are_several() {
        // A client that takes us for another data centre must find that one at our address, too.
        let port = call.environment.address.port();
        options = vec![(call.world.dc_id, port), (this_dc, port)];
        options.dedup();
    }
    let mut dc_options: Vec<_> = options.into_iter().map(|option| dc_option(call, option)).collect();
    if let Some(cdn) = &call.world.cdn {
        let option = dc_option(call, (cdn.centre.id, cdn.centre.address.port()));
        dc_options.push(types::DcOption { cdn: true, ..option });
    }
    Ok(types::Config {
        date: call.date(),
        expires: call.date().saturating_add(LIFETIME),
        test_mode,
        this_dc,
        dc_options,
        ..limits()
    })
}

fn dc_option(call: &Call, (id, port): (i32, u16)) -> types::DcOption {
    let address = call.environment.address;
    types::DcOption {
        ipv6: address.is_ipv6(),
        media_only: false,
        tcpo_only: false,
        cdn: false,
        r#static: true,
        this_port_only: true,
        id,
        ip_address: address.ip().to_string(),
        port: i32::from(port),
        secret: None,
    }
}

/// The numbers that do not depend on the caller.
fn limits() -> types::Config {
    types::Config {
        default_p2p_contacts: true,
        preload_featured_stickers: false,
        revoke_pm_inbox: true,
        blocked_mode: false,
        force_try_ipv6: false,
        date: 0,
        expires: 0,
        test_mode: false,
        this_dc: 0,
        dc_options: Vec::new(),
        dc_txt_domain_name: String::new(),
        chat_size_max: 200,
        megagroup_size_max: 200_000,
        forwarded_count_max: 100,
        online_update_period_ms: 210_000,
        offline_blur_timeout_ms: 5_000,
        offline_idle_timeout_ms: 30_000,
        online_cloud_timeout_ms: 300_000,
        notify_cloud_delay_ms: 30_000,
        notify_default_delay_ms: 1_500,
        push_chat_period_ms: 60_000,
        push_chat_limit: 2,
        edit_time_limit: 172_800,
        revoke_time_limit: i32::MAX,
        revoke_pm_time_limit: i32::MAX,
        rating_e_decay: 2_419_200,
        stickers_recent_limit: 200,
        channels_read_media_period: i32::try_from(READ_MEDIA_PERIOD).unwrap_or(i32::MAX),
        // More than one session per client asks for temporary keys: not by default.
        tmp_sessions: None,
        call_receive_timeout_ms: 20_000,
        call_ring_timeout_ms: 90_000,
        call_connect_timeout_ms: 30_000,
        call_packet_timeout_ms: 10_000,
        me_url_prefix: "https://t.me/".to_owned(),
        autoupdate_url_prefix: None,
        gif_search_username: None,
        venue_search_username: None,
        img_search_username: None,
        static_maps_provider: None,
        caption_length_max: 1024,
        message_length_max: 4096,
        webfile_dc_id: 4,
        suggested_lang_code: None,
        lang_pack_version: None,
        base_lang_pack_version: None,
        reactions_default: None,
        autologin_token: None,
    }
}
