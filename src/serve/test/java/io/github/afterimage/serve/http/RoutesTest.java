package io.github.afterimage.serve.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.InputStream;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RoutesTest {
    @Test
    void everyDocumentedPathHasItsNameInTheMetrics() throws Exception {
        try (InputStream in = RoutesTest.class.getResourceAsStream("openapi.json")) {
            Map<?, ?> paths = (Map<?, ?>) JSON.std.mapFrom(in).get("paths");
            assertThat(paths.keySet()).isNotEmpty().allSatisfy(path -> {
                String sent = path.toString().replaceAll("\\{.*?}", "1");
                assertThat(Routes.path(sent)).isEqualTo(path.toString().replace("/versions/{version}", ""));
            });
        }
    }
}
