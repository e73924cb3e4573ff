package io.github.afterimage.serve.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PageFilesTest {
    private static final Map<String, String> TYPES =
            Map.of("js", "text/javascript", "css", "text/css", "svg", "image/svg+xml", "html", "text/html");

    private final HttpClient client = HttpClient.newHttpClient();
    private final Server server = new Server();
    private final ServerConnector connector = new ServerConnector(server);

    @BeforeEach
    void start() throws Exception {
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        Paths paths = new Paths(name -> {
            throw new IllegalStateException(name);
        });
        PageFiles.add(paths);
        server.setHandler(paths);
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
    }

    private HttpResponse<String> send(String method, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + connector.getLocalPort() + path))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    @Test
    void thePageMayLoadItsOwnFilesOnly() throws Exception {
        HttpResponse<String> page = send("GET", "/");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).startsWith("<!doctype html>");
        assertThat(header(page, "Content-Type")).isEqualTo("text/html; charset=utf-8");
        assertThat(header(page, "Content-Security-Policy"))
                .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
                .doesNotContain("unsafe", "http");
        assertThat(header(page, "X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(page.body()).doesNotContain("://").doesNotContainPattern("<script>|<style| style=| on[a-z]+=");
    }

    /** Every file that the page or a module names is served, and no module holds an address. */
    @Test
    void everyFileThatIsNamedIsServed() throws Exception {
        List<String> names = new ArrayList<>(List.of("main.js", "docs.js"));
        Matcher named =
                Pattern.compile("\"page/([a-z.]+)\"").matcher(send("GET", "/").body());
        while (named.find()) {
            names.add(named.group(1));
        }
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            HttpResponse<String> file = send("GET", "/page/" + name);
            assertThat(file.statusCode()).as(name).isEqualTo(200);
            assertThat(header(file, "Content-Type")).startsWith(TYPES.get(name.substring(name.indexOf('.') + 1)));
            assertThat(file.body()).as(name).doesNotContain("innerHTML", "eval(", "https://");
            Matcher imported = Pattern.compile("from \"\\./([a-z.]+)\"").matcher(file.body());
            while (imported.find()) {
                if (!names.contains(imported.group(1))) {
                    names.add(imported.group(1));
                }
            }
        }
        assertThat(names).contains("page.css", "icon.svg", "scheme.js", "api.js", "text.js");
    }

    @Test
    void peopleAndProgramsFindTheDescriptionOfThePaths() throws Exception {
        HttpResponse<String> page = send("GET", "/v2/docs");
        assertThat(header(page, "Content-Type")).startsWith("text/html");
        Matcher named = Pattern.compile("(?:href|src)=\"([^\"]+)\"").matcher(page.body());
        while (named.find()) {
            String path = URI.create("/v2/docs").resolve(named.group(1)).toString();
            assertThat(send("GET", path).statusCode()).as(path).isEqualTo(200);
            assertThat(URI.create("/page/docs.html").resolve(named.group(1))).hasToString(path);
        }
        assertThat(send("GET", "/v2/docs/dataplane.json").body())
                .isEqualTo(send("GET", "/openapi.json").body());
        assertThat(send("GET", "/").body()).contains("href=\"v2/docs\"");
        HttpResponse<String> slash = send("GET", "/v2/docs/");
        assertThat(slash.statusCode()).isEqualTo(308);
        assertThat(URI.create("/v2/docs/").resolve(header(slash, "Location"))).hasToString("/v2/docs");
    }

    @Test
    void aBrowserThatHasAFileIsToldSo() throws Exception {
        HttpResponse<String> first = send("GET", "/page/page.css");
        assertThat(header(first, "Cache-Control")).isEqualTo("no-cache");
        HttpResponse<String> second =
                send("GET", "/page/page.css", "If-None-Match", "\"other\", " + header(first, "ETag"));
        assertThat(second.statusCode()).isEqualTo(304);
        assertThat(second.body()).isEmpty();
        assertThat(send("GET", "/page/page.css", "If-None-Match", "\"other\"").statusCode())
                .isEqualTo(200);
        HttpResponse<String> head = send("HEAD", "/page/page.css");
        assertThat(header(head, "Content-Length")).isEqualTo(header(first, "Content-Length"));
        assertThat(head.body()).isEmpty();
    }

    @Test
    void nothingElseIsServed() throws Exception {
        for (String path : List.of("/page", "/page/", "/page/nothing.js", "/index.html", "/page/%2e%2e/http/x")) {
            assertThat(send("GET", path).statusCode()).as(path).isIn(400, 404);
        }
        HttpResponse<String> post = send("POST", "/");
        assertThat(post.statusCode()).isEqualTo(405);
        assertThat(header(post, "Allow")).isEqualTo("GET, HEAD");
        assertThat(post.body()).contains("method POST on /: expected GET or HEAD");
    }
}
