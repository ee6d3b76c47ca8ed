//! Asks what is known of visitors: behind the door of authoring, on a thread that may wait for the fold or the disk.

use std::sync::Arc;

use actix_web::{HttpRequest, web};

use super::app::App;
use super::doors;
use super::error::ApiError;
use crate::release::Release;
use crate::visitors::Visitors;

/// What `ask` answers of the visitors, by the release that serves.
pub(super) async fn ask<T: Send + 'static, E: Into<ApiError> + 'static>(
    app: &web::Data<App>,
    request: &HttpRequest,
    ask: impl FnOnce(&App, &Visitors, &Arc<Release>) -> Result<T, E> + Send + 'static,
) -> Result<T, ApiError> {
    doors::authoring(request, app.admin_token.as_ref())?;
    let release = app.current().ok_or_else(ApiError::no_release)?;
    let app = Arc::clone(app);
    web::block(move || ask(&app, app.visitors()?, &release).map_err(Into::into)).await?
}
