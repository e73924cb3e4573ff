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
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
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
    void onlyTheNameThatAPartCanHaveIsOne() throws Exception {
        put("owls");
        for (String number : List.of("123", "0000", "00012", "1234567890", "20261130123000")) {
            put("owls." + number);
        }
        put("owls.2026");
        put("owls.123456789");
        assertThat(names(new ModelFolder(folder).list()))
                .containsExactly(
                        "owls.0000", "owls.00012", "owls.123", "owls.1234567890", "owls.20261130123000", "owls");
    }

    @Test
    void aPartOfADamagedIndexIsNoModelAndNobodyIsToldToDeleteIt() throws Exception {
        put("crows");
        put("owls.0001");
        Files.writeString(folder.resolve("owls.safetensors"), "damaged");
        List<LogRecord> log = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord each) {
                log.add(each);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger(ModelFolder.class.getName());
        logger.addHandler(handler);
        try {
            assertThat(names(new ModelFolder(folder).list())).containsExactly("crows");
        } finally {
            logger.removeHandler(handler);
        }
        assertThat(log.get(log.size() - 1).getLevel()).isEqualTo(Level.WARNING);
        assertThat(log.get(log.size() - 1).getMessage())
                .endsWith(
                        "owls.0001.safetensors has the name of a part of owls.safetensors, which cannot be read: repair that");
        assertThat(log).noneMatch(each -> each.getMessage().contains("delete"));
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
        return new ServedIndex(name, new CacheIndexBuilder(2, 2).build(), new BatchOptions());
    }
}
