package io.github.afterimage.model;

import io.github.afterimage.JavadocExamples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelExamplesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "CacheModel",
                "Classification",
                "DifferentiableModel",
                "ModelBatcher",
                "ModelQuery",
                "package-info",
                "data/FeatureSet",
                "data/ImageSets",
                "data/Thumbnail",
                "evaluation/Evaluation",
                "network/Network"
            })
    void everyFacadeClassHasAnExampleThatCompiles(String name, @TempDir Path folder) throws IOException {
        JavadocExamples.assertCompile(
                Path.of("src/model/main/java/io/github/afterimage/model", name + ".java"),
                folder,
                List.of(
                        "io.github.afterimage.*",
                        "io.github.afterimage.engine.*",
                        "io.github.afterimage.serving.*",
                        "io.github.afterimage.model.*",
                        "io.github.afterimage.model.data.*",
                        "io.github.afterimage.model.evaluation.*",
                        "io.github.afterimage.model.network.*",
                        "java.io.*",
                        "java.nio.*",
                        "java.nio.file.*",
                        "java.time.*",
                        "java.util.*",
                        "java.util.concurrent.*"));
    }
}
