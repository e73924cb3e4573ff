package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.model.data.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** add and remove change an index, with a log. */
class ChangeTest {
    @TempDir
    private Path folder;

    private static long size(Path index) throws IOException {
        try (CacheIndex opened = CacheIndex.open(index, new OpenOptions().threads(1))) {
            return opened.size();
        }
    }

    private List<String> logs() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> path.getFileName().toString())
                    .filter(name -> name.endsWith(".log"))
                    .sorted()
                    .toList();
        }
    }

    private Path image(String name, int value) throws IOException {
        byte[] values = new byte[12];
        Arrays.fill(values, value, 12, (byte) 99);
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, Image.ofBytes(2, 2, values).encoded());
    }

    @Test
    void imagesAreAddedAsTheIndexWasBuiltAndRemovedByName() throws IOException {
        Path model = ColourModel.write(folder.resolve("colours.onnx"));
        for (String name :
                List.of("images/a/1.bmp", "images/b/2.bmp", "images/c/3.bmp", "more/b/4.bmp", "more/b/5.bmp")) {
            image(name, name.charAt(name.length() - 5) - '1');
        }
        Path index = folder.resolve("index.safetensors");
        Run.done("build --model %s --layers hidden --data images:%s --out %s", model, folder.resolve("images"), index);
        Map<String, Object> added =
                Run.json("add --index %s --model %s --data images:%s", index, model, folder.resolve("more"));
        assertThat(added).containsEntry("added", 2).containsEntry("keys", 5).containsEntry("saved", false);
        assertThat(logs()).containsExactly("index.safetensors.0001.log");
        assertThat(size(index)).isEqualTo(5);
        Run.reported("info %s", index).containsEntry("logChanges", 1).containsEntry("keys", 5);
        Run.printed("check %s", index).contains(": ok").contains("its log: 1 change that the next save");
        assertThat(Run.of("remove", "--index", index, "--name", "").err()).contains("name \"\": expected a pattern");
        Run.reported("remove --index %s --durability 5 --name a/* b/?.bmp", index)
                .containsEntry("removed", 4);
        assertThat(logs()).hasSize(2);
        Run.done("convert %s --out %s", index, folder.resolve("copy.safetensors"));
        assertThat(size(folder.resolve("copy.safetensors"))).isEqualTo(1);
        Run.reported("remove --index %s --label c --save", index)
                .containsEntry("removed", 1)
                .containsEntry("keys", 0)
                .containsEntry("saved", true);
        assertThat(logs()).isEmpty();
        assertThat(size(index)).isZero();
        Run.refused("add --index %s --data images:%s", index, folder.resolve("more"))
                .contains("add --model");
        Path other = ColourModel.write(folder.resolve("other.onnx"));
        Files.write(other, new byte[] {0x42, 0}, java.nio.file.StandardOpenOption.APPEND);
        Run.refused("add --index %s --model %s --data images:%s", index, other, folder.resolve("more"))
                .contains("is another network than the index was made with");
    }

    @Test
    void whatIsAddedAgainIsWarnedOfAndCanBeTakenBack() throws IOException {
        Path index = folder.resolve("index.safetensors");
        String data = Clusters.write(folder.resolve("features.npz"), 60, 5);
        Run.done("build --data %s[0:40] --out %s --dtype i8", data, index);
        Run again = Run.of("add --index %s --data %s[30:60]", index, data);
        assertThat(again.err())
                .contains(
                        "10 of 30 examples that were looked up were keys already, with the same label, and now count twice (",
                        "; and 7 more)",
                        "row 30; ",
                        "\"remove --ids 40-69\" takes back all that was added");
        Run.reported("remove --index %s --ids 40-69 --save", index).containsEntry("keys", 40);
        Run.done("add --index %s --data %s[40:60]", index, data);
    }

    @Test
    void featuresAreAddedAndRemovedById() throws IOException {
        Path index = TwoClasses.index(folder);
        String more = TwoClasses.examples(folder);
        Run.printed("add --index %s --data %s --durability never --save", index, more)
                .contains("7 keys; saved")
                .contains("added 5 keys from features:");
        assertThat(logs()).isEmpty();
        assertThat(Run.warned(
                                ExitCode.FAILED,
                                "no key matches ids \"9,99-120\"",
                                "remove --index %s --ids 9,1,3-4,99-120",
                                index)
                        .out())
                .contains("4 keys; ")
                .contains("in the log until the next save")
                .contains("removed 3 keys");
        Run.reported("remove --index %s --label 0", index).containsEntry("removed", 4);
        Run.reported("check %s", index).containsEntry("ok", true);
        byte[] log = Files.readAllBytes(folder.resolve(logs().get(0)));
        log[70] ^= 1;
        Files.write(folder.resolve(logs().get(0)), log);
        assertThat(Run.of("check %s", index).exitCode()).isEqualTo(ExitCode.CORRUPT);
    }

    private Map<String, Integer> contents() throws IOException {
        Map<String, Integer> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                contents.put(file.getFileName().toString(), Arrays.hashCode(Files.readAllBytes(file)));
            }
        }
        return contents;
    }

    @Test
    void aFailedChangeLeavesTheFilesAsTheyWere() throws IOException {
        float[] features = new float[600];
        Arrays.fill(features, 1);
        String good = NpzFile.features(folder.resolve("good.npz"), features, new int[300]);
        features[599] = Float.NaN; // in the second batch
        String bad = NpzFile.features(folder.resolve("bad.npz"), features, new int[300]);
        Path whole = folder.resolve("whole.safetensors");
        Path parts = folder.resolve("parts.safetensors");
        Path logged = folder.resolve("logged.safetensors");
        Run.done("build --data %s --out %s", good, whole);
        Run.done("build --data %s --out %s --part-bytes 800", good, parts);
        Run.done("build --data %s --out %s", good, logged);
        Run.warned("count twice", "add --index %s --data %s", logged, good);
        Map<String, Integer> before = contents();
        for (Path index : List.of(whole, parts, logged)) {
            Run.failed(ExitCode.CORRUPT, "add --index %s --data %s --save", index, bad)
                    .contains(
                            "row 299 of \"features\" in ", "/bad.npz has NaN at column 1: every value must be finite");
            Run.failure(ExitCode.USAGE, "remove --index %s --label none", index);
            assertThat(contents()).as("after a change of %s", index).isEqualTo(before);
        }
    }

    @Test
    void whatIsForgottenHasAReceipt() throws IOException {
        Path index = TwoClasses.index(folder);
        Map<String, Object> found = Run.json("remove --index %s --ids 1 --forget", index);
        assertThat(found).containsEntry("removed", 1).containsEntry("keys", 1).containsEntry("saved", true);
        Map<?, ?> receipt = (Map<?, ?>) found.get("receipt");
        assertThat(receipt.get("ids")).isEqualTo(List.of(1));
        assertThat(receipt.get("files").toString()).containsPattern("rewritten=true, sha256=[0-9a-f]{64}");
        assertThat(logs()).isEmpty();
        assertThat(Run.warned(ExitCode.FAILED, "no key matches ids \"1\"", "remove --index %s --ids 1 --forget", index)
                        .out())
                .contains("forgot 0 keys", "  index.safetensors", "not undone: names of classes, the network");
    }

    @Test
    void aPatternThatNoNameMatchesIsWarnedOfBesideOthersThatRemoveKeys() throws IOException {
        Path index = folder.resolve("index.safetensors");
        Run.done("build --data %s --out %s", Clusters.write(folder.resolve("features.npz"), 60, 5), index);
        assertThat(Run.warned(
                                ExitCode.FAILED,
                                "no key matches name \"rwo?1\"",
                                "remove --index %s --name *59 rwo?1",
                                index)
                        .out())
                .contains("removed 1 key");
    }

    @Test
    void wrongChoicesAreRefused() throws IOException {
        Path index = TwoClasses.index(folder);
        Run.refused("remove --index %s", index).contains("--ids");
        for (String ids : List.of("", "1,", "a", "3-1", "0-999999999999", "-1")) {
            Run.refused("remove --index %s --ids=%s", index, ids).contains("expected an id or a range such as 100-199");
        }
        Run.refused("remove --index %s --label 2", index).contains("a number in 0..1");
        Run.refused("remove --index %s --ids 1 --durability often", index)
                .contains("expected change, never or a number of milliseconds");
        assertThat(size(index)).isEqualTo(2);
        Run.failed(ExitCode.FAILED, "remove --index %s --ids 1", folder.resolve("none"))
                .contains("no such");
    }

    @Test
    void aSecondWriterIsRefused() throws IOException {
        Path index = TwoClasses.index(folder);
        try (CacheIndex open = CacheIndex.open(index, new OpenOptions().threads(1))) {
            open.files().lock(index);
            Run.failed(ExitCode.FAILED, "remove --index %s --ids 1", index)
                    .contains("may save to it and holds its lock");
        }
    }
}
