//! `/api/v1/admin/applications`

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::dto::page::Page;
use crate::http::extract::administrator::{Administrator, Manage, Read};
use crate::http::extract::caller::Caller;
use crate::http::extract::guarded::Guarded;
use crate::http::extract::path_id::path_id;
use crate::http::problem::{NotFound, Problem, Validated};
use crate::http::state::AppState;
use crate::store::credential::application::ApplicationRecord;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationBody {
    /// What people call it.
    #[schema(
        example = "shop",
        min_length = 1,
        max_length = 64,
        pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$"
    )]
    name: String,
}

#[derive(Serialize, ToSchema)]
pub struct ApplicationItem {
    pub id: Uuid,
    #[schema(example = "shop")]
    pub name: String,
    #[schema(format = DateTime)]
    pub created_at: String,
}

#[derive(Serialize, ToSchema)]
pub struct CreatedApplication {
    pub id: Uuid,
    #[schema(example = "shop")]
    pub name: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Shown once. The header `Kindred-Application` is `<id>:<secret>`.
    #[schema(example = "ka1_TYy5qVTTgsyOo8jCJKc2v3ZCJlQW0h5wJd5kXQ1Rr8E")]
    pub secret: String,
}

/// List applications
#[utoipa::path(
    tag = "admin",
    operation_id = "listApplications",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "All applications, the oldest first.", body = Page<ApplicationItem>),
        Caller<Administrator<Read>>,
    ),
)]
#[get("/api/v1/admin/applications")]
pub async fn list(
    state: Data<AppState>,
    _caller: Caller<Administrator<Read>>,
) -> Result<HttpResponse, Problem> {
    let applications = state.run(|app| async move { app.store.applications().await }).await?;
    let items = applications.into_iter().map(item).collect();
    Ok(HttpResponse::Ok().json(Page::whole(items)))
}

/// Create an application
///
/// A server that acts for the browsers of its users, such as the back end of a web application.
#[utoipa::path(
    tag = "admin",
    operation_id = "createApplication",
    security(("bearer" = [])),
    request_body = ApplicationBody,
    responses(
        (status = 201, description = "The application, with its secret.", body = CreatedApplication),
        Caller<Administrator<Manage>>,
        Validated,
        (status = 409, description = "`conflict`: there are too many"),
    ),
)]
#[post("/api/v1/admin/applications")]
pub async fn create(
    state: Data<AppState>,
    request: Guarded<Caller<Administrator<Manage>>, ApplicationBody>,
) -> Result<HttpResponse, Problem> {
    let (principal, name) = (request.caller.0.principal, request.body.name);
    let created =
        state.run(|app| async move { app.administration.create_application(&principal, &name).await });
    let (application, secret) = created.await?;
    Ok(HttpResponse::Created().json(CreatedApplication {
        id: application.id,
        name: application.name,
        created_at: application.created_at.rfc3339(),
        secret: secret.expose().clone(),
    }))
}

/// Remove an application
///
/// All nodes refuse it within two seconds.
#[utoipa::path(
    tag = "admin",
    operation_id = "removeApplication",
    security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The id of the application")),
    responses(
        (status = 204, description = "The application was removed."),
        Caller<Administrator<Manage>>,
        NotFound,
    ),
)]
#[delete("/api/v1/admin/applications/{id}")]
pub async fn remove(
    state: Data<AppState>,
    caller: Caller<Administrator<Manage>>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&id)?;
    state
        .run(|app| async move { app.administration.remove_application(&caller.principal, id).await })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

fn item(application: ApplicationRecord) -> ApplicationItem {
    ApplicationItem {
        id: application.id,
        name: application.name,
        created_at: application.created_at.rfc3339(),
    }
}
