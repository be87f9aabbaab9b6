"""Which dependencies are frameworks, by the names that they are published under."""

from __future__ import annotations


def _table(text: str) -> dict[str, str]:
    """Return names to labels from lines of "label: name name"."""
    found: dict[str, str] = {}
    for line in text.strip().splitlines():
        label, _, names = line.strip().partition(":")
        found |= dict.fromkeys(names.split(), label)
    return found


FRAMEWORKS = _table("""
    Django: django
    Django REST framework: djangorestframework
    FastAPI: fastapi
    Flask: flask
    Starlette: starlette
    Litestar: litestar
    aiohttp: aiohttp
    Tornado: tornado
    Pyramid: pyramid
    Sanic: sanic
    SQLAlchemy: sqlalchemy
    Pydantic: pydantic
    Celery: celery
    Click: click
    Typer: typer
    NumPy: numpy
    pandas: pandas
    PyTorch: torch
    TensorFlow: tensorflow
    scikit-learn: scikit-learn
    Streamlit: streamlit
    Textual: textual
    pygls: pygls
    React: react
    Preact: preact
    React Native: react-native
    Next.js: next
    Remix: @remix-run/react
    Gatsby: gatsby
    Vue: vue
    Nuxt: nuxt
    Svelte: svelte
    SvelteKit: @sveltejs/kit
    Solid: solid-js
    Angular: @angular/core
    Astro: astro
    Electron: electron
    Express: express
    Fastify: fastify
    Koa: koa
    NestJS: @nestjs/core
    Hono: hono
    Vite: vite
    webpack: webpack
    Rollup: rollup
    esbuild: esbuild
    Tailwind CSS: tailwindcss
    Prisma: prisma @prisma/client
    TypeScript: typescript
    Tokio: tokio
    axum: axum
    Actix Web: actix-web
    Rocket: rocket
    Bevy: bevy
    clap: clap
    Serde: serde
    Tauri: tauri
    Diesel: diesel
    SQLx: sqlx
    Gin: gin-gonic/gin github.com/gin-gonic/gin
    Echo: github.com/labstack/echo/v4 github.com/labstack/echo
    Fiber: github.com/gofiber/fiber/v2 github.com/gofiber/fiber/v3
    Chi: github.com/go-chi/chi/v5 github.com/go-chi/chi
    Cobra: github.com/spf13/cobra
    gRPC: google.golang.org/grpc grpcio io.grpc:grpc-stub tonic
    GORM: gorm.io/gorm
    Bubble Tea: github.com/charmbracelet/bubbletea
    Spring Boot: spring-boot-starter spring-boot-starter-parent org.springframework.boot
    Spring Boot: spring-boot-starter-web spring-boot-starter-webmvc spring-boot-starter-data-jpa
    Spring: spring-core spring-context spring-web
    Quarkus: quarkus-core io.quarkus quarkus-rest quarkus-arc
    Micronaut: micronaut-core io.micronaut.application
    Ktor: ktor-server-core io.ktor.plugin
    Hibernate: hibernate-core
    Android: com.android.application com.android.library
    Jetpack Compose: org.jetbrains.compose org.jetbrains.kotlin.plugin.compose
    Kotlin: org.jetbrains.kotlin.jvm org.jetbrains.kotlin.android kotlin-stdlib
    Kotlin: org.jetbrains.kotlin.multiplatform kotlin-gradle-plugin
    Laravel: laravel/framework
    Symfony: symfony/framework-bundle
    Rails: rails railties
    Sinatra: sinatra
    Jekyll: jekyll
    Hanami: hanami
    Qt: qt5 qt6
    Boost: boost
""")

TEST_FRAMEWORKS = _table("""
    pytest: pytest py.test
    unittest: unittest
    tox: tox
    nox: nox
    Hypothesis: hypothesis
    Jest: jest @jest/globals
    Vitest: vitest
    Mocha: mocha
    AVA: ava
    Jasmine: jasmine jasmine-core
    Karma: karma
    Playwright: @playwright/test playwright
    Cypress: cypress
    Testing Library: @testing-library/react @testing-library/vue @testing-library/dom
    tap: tap
    uvu: uvu
    borp: borp
    node:test: node:test
    insta: insta
    proptest: proptest
    Criterion: criterion
    testify: github.com/stretchr/testify
    Ginkgo: github.com/onsi/ginkgo/v2
    JUnit 5: junit-jupiter junit-jupiter-api junit-bom junit-jupiter-engine
    JUnit 4: junit
    TestNG: testng
    Mockito: mockito-core mockito-junit-jupiter
    AssertJ: assertj-core
    Kotest: kotest-runner-junit5
    Spock: spock-core
    PHPUnit: phpunit/phpunit phpunit
    Pest: pestphp/pest
    RSpec: rspec rspec-rails rspec-core
    Minitest: minitest
    GoogleTest: gtest googletest
    Catch2: catch2
    doctest: doctest
""")
