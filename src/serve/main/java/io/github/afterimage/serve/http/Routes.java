package io.github.afterimage.serve.http;

import java.util.List;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.pathmap.MatchedResource;
import org.eclipse.jetty.http.pathmap.PathMappings;
import org.eclipse.jetty.http.pathmap.UriTemplatePathSpec;

/** The names of paths and methods in metrics: a fixed number of them, whatever clients send. */
final class Routes {
    private static final String OTHER = "other";
    private static final List<String> MODEL_ROUTES = List.of(
            "",
            "/ready",
            "/config",
            "/stats",
            "/classify",
            "/infer",
            "/explain",
            "/index",
            "/keys",
            "/keys/{id}/thumbnail",
            "/save",
            "/statistics");
    private static final PathMappings<String> ROUTES = routes();

    private Routes() {}

    private static PathMappings<String> routes() {
        PathMappings<String> routes = new PathMappings<>();
        List.of(
                        "/",
                        "/page/{file}",
                        "/metrics",
                        "/openapi.json",
                        "/v2",
                        "/v2/health/live",
                        "/v2/health/ready",
                        "/v2/models",
                        "/v2/models/stats",
                        "/v2/repository/index")
                .forEach(route -> routes.put(new UriTemplatePathSpec(route), route));
        for (String end : MODEL_ROUTES) {
            String route = "/v2/models/{model}" + end;
            routes.put(new UriTemplatePathSpec(route), route);
            routes.put(new UriTemplatePathSpec("/v2/models/{model}/versions/{version}" + end), route);
        }
        return routes;
    }

    static String path(String path) {
        MatchedResource<String> match = ROUTES.getMatched(path);
        return match == null ? OTHER : match.getResource();
    }

    static String method(String method) {
        return HttpMethod.fromString(method) == null ? OTHER : method;
    }
}
