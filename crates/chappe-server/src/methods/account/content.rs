//! What is shown and fetched by itself: `account.setContentSettings`, `getAutoDownloadSettings` and
//! `saveAutoDownloadSettings`.

use chappe_api::{functions, types};
use chappe_mtproto::rpc::RpcError;
use chappe_tl::{Decode, Encode};

use crate::call::Call;
use crate::methods::errors::{Answer, internal};

/// Nothing here is marked as sensitive, so nothing is to be let through.
pub(crate) async fn set(call: &Call, query: functions::account::SetContentSettings) -> Answer<bool> {
    call.user_id()?;
    if query.sensitive_enabled { Err(RpcError::new(403, "SENSITIVE_CHANGE_FORBIDDEN")) } else { Ok(true) }
}

/// The three sets between which clients let people choose.
#[derive(Clone, Copy)]
enum Preset {
    Low,
    Medium,
    High,
}

fn preset(preset: Preset) -> types::AutoDownloadSettings {
    const MIB: i64 = 1 << 20;
    let (video, file) = match preset {
        Preset::Low => (0, 0),
        Preset::Medium => (10 * MIB, MIB),
        Preset::High => (15 * MIB, 3 * MIB),
    };
    types::AutoDownloadSettings {
        disabled: false,
        video_preload_large: !matches!(preset, Preset::Low),
        audio_preload_next: true,
        phonecalls_less_data: matches!(preset, Preset::Low),
        stories_preload: false,
        photo_size_max: 1 << 20,
        video_size_max: video,
        file_size_max: file,
        video_upload_maxbitrate: if matches!(preset, Preset::High) { 100 } else { 50 },
        small_queue_active_operations_max: 0,
        large_queue_active_operations_max: 0,
    }
}

pub(crate) async fn auto_download(
    call: &Call,
    _: functions::account::GetAutoDownloadSettings,
) -> Answer<types::account::AutoDownloadSettings> {
    let kept = call.store().auto_downloads(call.user_id()?).await?;
    let of = |wanted: Preset| {
        let bytes = kept.iter().find(|(known, _)| *known == wanted as i64).map(|(_, bytes)| bytes);
        let read = bytes.and_then(|bytes| types::AutoDownloadSettings::from_bytes(bytes).ok());
        read.unwrap_or_else(|| preset(wanted))
    };
    Ok(types::account::AutoDownloadSettings {
        low: of(Preset::Low),
        medium: of(Preset::Medium),
        high: of(Preset::High),
    })
}

pub(crate) async fn save_auto_download(
    call: &Call,
    query: functions::account::SaveAutoDownloadSettings,
) -> Answer<bool> {
    let preset = match (query.low, query.high) {
        (true, _) => Preset::Low,
        (_, true) => Preset::High,
        _ => Preset::Medium,
    };
    let bytes = query.settings.to_bytes().map_err(|_| internal())?;
    call.store().set_auto_download(call.user_id()?, preset as i64, &bytes).await?;
    Ok(true)
}
