package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.report.ExitCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckTest {
    @TempDir
    private Path folder;

    private Path index;
    private byte[] intact;

    @BeforeEach
    void build() throws IOException {
        index = TwoClasses.index(folder);
        intact = Files.readAllBytes(index);
    }

    /** Where the keys begin; ids and labels follow them. */
    private int dataStart() {
        return 8 + (int) ByteBuffer.wrap(intact).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    }

    private void flip(int... positions) throws IOException {
        byte[] bytes = intact.clone();
        for (int position : positions) {
            bytes[position] ^= 1;
        }
        Files.write(index, bytes);
    }

    @Test
    void saysThatAnIntactIndexIsOk() throws IOException {
        Run.printed("check %s", index).startsWith(index + ": ok");
        Run.reported("check %s", index).containsEntry("ok", true);
    }

    @Test
    void namesTheSectionOfAFlippedBit() throws IOException {
        int keys = dataStart();
        Map<Integer, String> sections = Map.of(keys, "keys", keys + 16, "ids", keys + 32, "labels", 100, "header");
        for (Map.Entry<Integer, String> section : sections.entrySet()) {
            flip(section.getKey());
            Run run = Run.of("check %s", index);
            assertThat(run.exitCode()).isEqualTo(ExitCode.CORRUPT);
            assertThat(run.out()).contains(index + ": " + section.getValue() + ": ");
            assertThat(run.err())
                    .isEqualTo(
                            "afterimage: 1 of 1 index damaged; check --index INDEX --repair --out NEW saves what is intact"
                                    + System.lineSeparator());
        }
    }

    @Test
    void repairsIntoANewIndexAndSaysWhatIsLost() throws IOException {
        Path repaired = folder.resolve("repaired.safetensors");
        Run.printed("check %s --repair --out %s", index, repaired).contains("nothing is lost");
        Run.reported("check %s", repaired).containsEntry("ok", true);
        assertThat(Run.of("check %s --repair --out %s", index, repaired).exitCode())
                .isEqualTo(ExitCode.USAGE);
        byte[] bytes = intact.clone();
        Arrays.fill(bytes, dataStart(), dataStart() + 8, (byte) 0);
        Files.write(index, bytes);
        Files.delete(repaired);
        Run run = Run.of("check %s --repair --out %s", index, repaired);
        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run.out())
                .contains(index + ": keys: the checksum does not match; 1 of 2 keys are lost: rows 0, ids 0")
                .contains(repaired + " has 1 key; what is lost is named above");
        assertThat(run.err())
                .isEqualTo("afterimage: " + index + " is damaged, and " + repaired + " lacks what is lost"
                        + System.lineSeparator());
        assertThat(index).hasBinaryContent(bytes);
        Run.reported("check %s", repaired).containsEntry("ok", true);
        Files.delete(repaired);
        Arrays.fill(bytes, 20, 100, (byte) 0);
        for (byte[] lost : List.of(bytes, Arrays.copyOf(intact, dataStart()))) { // the header, and all keys
            Files.write(index, lost);
            Run refused = Run.of("check %s --repair --out %s", index, repaired);
            assertThat(refused.exitCode()).as(refused.err()).isEqualTo(ExitCode.CORRUPT);
            assertThat(repaired).doesNotExist();
        }
        for (String options : List.of("--repair", "--out " + repaired, index + " --repair --out " + repaired)) {
            assertThat(Run.of("check %s " + options, index).exitCode()).isEqualTo(ExitCode.USAGE);
        }
    }

    @Test
    void goesOnAfterAFinding() throws IOException {
        flip(dataStart(), dataStart() + 17); // the first id is 256 then, and the second less
        Path other = Files.write(folder.resolve("other"), intact);
        Path missing = folder.resolve("missing");
        Run run = Run.of("check %s %s %s --json", index, missing, other);
        assertThat(run.exitCode()).isEqualTo(ExitCode.CORRUPT);
        assertThat(run.err())
                .isEqualTo("afterimage: 1 of 3 indexes damaged, 1 cannot be read" + System.lineSeparator());
        assertThat(run.object()).containsEntry("ok", false);
        List<Map<String, Object>> files = Run.objects(run.object(), "files");
        assertThat((List<?>) files.get(0).get("findings")).hasSize(3);
        assertThat(files.get(1).get("findings").toString()).contains("no such index");
        assertThat(files.get(2)).containsEntry("ok", true);
    }

    @Test
    void findsEveryTruncationAndExtension() throws IOException {
        for (int length = 0; length < intact.length + 3; length += length < intact.length - 60 ? 397 : 1) {
            if (length == intact.length) {
                continue;
            }
            Files.write(index, Arrays.copyOf(intact, length));
            assertThat(Run.of("check %s", index).exitCode())
                    .as("length %d", length)
                    .isEqualTo(ExitCode.CORRUPT);
        }
    }

    @Test
    void endsWithOneWhereAnIndexIsOnlyMissing() {
        Run run = Run.of("check %s", folder.resolve("missing"));
        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run.err()).contains("1 of 1 index cannot be read");
    }

    @Test
    void everyCommandRefusesADamagedIndex() throws IOException {
        String data = TwoClasses.examples(folder);
        flip(dataStart());
        byte[] damaged = Files.readAllBytes(index);
        Path out = folder.resolve("out");
        List<List<Object>> commands = List.of(
                List.of("evaluate", "--index", index, "--data", data, "--theta", 1, "--lambda", 0.5),
                List.of("tune", "--index", index, "--data", data, "--save"),
                List.of("convert", index, "--dtype", "f16", "--out", out),
                List.of("predict", "--index", index, "--model", "net.onnx", "cat.png"));
        for (List<Object> command : commands) {
            Run.failed(ExitCode.CORRUPT, command.toArray()).contains(index + ": keys: ");
        }
        assertThat(index).hasBinaryContent(damaged);
        assertThat(out).doesNotExist();
        Files.write(index, Arrays.copyOf(intact, intact.length - 1));
        Run.failed(ExitCode.CORRUPT, "info %s", index).contains("truncated");
    }

    @Test
    void trustsADamagedIndexOnlyIfTold() throws IOException {
        flip(dataStart());
        Run.json(
                "evaluate --index %s --data %s --theta 1 --lambda 0.5 --no-verify", index, TwoClasses.examples(folder));
    }
}
