package io.github.afterimage.serve;

import io.github.afterimage.JavadocExamples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServeExamplesTest {
    @ParameterizedTest
    @ValueSource(strings = {"InferenceServer", "ServerOptions"})
    void everyFacadeClassHasAnExampleThatCompiles(String name, @TempDir Path folder) throws IOException {
        JavadocExamples.assertCompile(
                Path.of("src/serve/main/java/io/github/afterimage/serve", name + ".java"),
                folder,
                List.of(
                        "io.github.afterimage.*",
                        "io.github.afterimage.model.*",
                        "io.github.afterimage.serve.*",
                        "io.github.afterimage.serve.models.*",
                        "io.github.afterimage.serving.*",
                        "java.nio.file.*",
                        "java.util.*"));
    }
}
