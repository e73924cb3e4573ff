package io.github.afterimage.serve.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.serving.BatchOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Indexes that come to a folder while its models are served. */
class ModelFolderTest {
    @TempDir
    private Path folder;

    private void put(String name) throws IOException {
        try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
            index.add(new float[] {1, 0}, new int[] {0});
            index.files().saveWhole(folder.resolve(name + ".safetensors"), Map.of());
        }
    }

    private static List<String> names(List<ModelFolder.Found> found) {
        return found.stream().map(ModelFolder.Found::name).toList();
    }

    @Test
    void anAdditionIsFoundWhenItRests() throws Exception {
        put("owls");
        ModelFolder models = new ModelFolder(folder);
        assertThat(names(models.list())).containsExactly("owls");
        List<String> served = new ArrayList<>(List.of("owls"));
        assertThat(models.added(served::contains)).isEmpty();
        put("crows");
        assertThat(models.added(served::contains)).as("it may not be complete").isEmpty();
        assertThat(names(models.added(served::contains))).containsExactly("crows");
        served.add("crows");
        put("owls");
        Files.delete(folder.resolve("crows.safetensors"));
        for (int look = 0; look < 3; look++) {
            assertThat(models.added(served::contains)).isEmpty();
        }
    }

    @Test
    void aFileThatIsNoIndexIsReadAgainWhenItHasChanged() throws Exception {
        put("owls");
        ModelFolder models = new ModelFolder(folder);
        models.list();
        Files.writeString(folder.resolve("crows.safetensors"), "not an index");
        for (int look = 0; look < 3; look++) {
            assertThat(models.added("owls"::equals)).isEmpty();
        }
        put("crows");
        assertThat(models.added("owls"::equals)).isEmpty();
        assertThat(names(models.added("owls"::equals))).containsExactly("crows");
    }

    @Test
    void aPartThatAFormerIndexHasLeftIsNoModel() throws Exception {
        put("owls");
        put("owls.0002");
        put("crows.0002");
        ModelFolder models = new ModelFolder(folder);
        assertThat(names(models.list())).containsExactly("crows.0002", "owls");
        put("owls.0003");
        for (int look = 0; look < 3; look++) {
            assertThat(models.added(List.of("crows.0002", "owls")::contains)).isEmpty();
        }
    }

    @Test
    void aModelThatIsAddedIsObserved() {
        try (Models models = new Models(List.of(model("owls")))) {
            List<String> observed = new ArrayList<>();
            models.observe(model -> observed.add(model.name()));
            models.add(model("crows"));
            assertThat(observed).containsExactly("owls", "crows");
            assertThat(models.all().stream().map(ServedModel::name)).containsExactly("crows", "owls");
        }
    }

    private static ServedIndex model(String name) {
        return new ServedIndex(name, new CacheIndexBuilder(2, 2).build(), 1, new BatchOptions());
    }
}
