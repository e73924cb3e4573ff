package io.github.afterimage.experiments.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkFolderTest {
    @TempDir
    private Path folder;

    /** Something to keep. */
    public record Answer(double value, int[] counts) {}

    private int runs;

    private Answer ask(Map<String, ?> settings) throws IOException {
        return new WorkFolder(folder.resolve("work"), () -> 7)
                .part("answer", settings, Answer.class, () -> new Answer(++runs, new int[] {1, 2}));
    }

    @Test
    void computesAPartOnceAndAnotherSettingAgain() throws IOException {
        assertThat(ask(Map.of("theta", 50.0)).value()).isEqualTo(1);
        Answer before = ask(Map.of("theta", 50.0));
        assertThat(before.value()).isEqualTo(1);
        assertThat(before.counts()).containsExactly(1, 2);
        assertThat(ask(Map.of("theta", 50.5)).value()).isEqualTo(2);
        assertThat(runs).isEqualTo(2);
    }

    @Test
    void computesAgainWhatWasDamaged() throws IOException {
        ask(Map.of("theta", 50.0));
        for (Path file : files()) {
            Files.writeString(file, Files.readString(file).substring(0, 30));
        }
        assertThat(ask(Map.of("theta", 50.0)).value()).isEqualTo(2);
    }

    @Test
    void keepsNothingOfAPartThatFailed() throws IOException {
        WorkFolder work = new WorkFolder(folder.resolve("work"), () -> 7);
        assertThatThrownBy(() -> work.part("answer", Map.of(), Answer.class, () -> {
                    throw new IOException("interrupted");
                }))
                .hasMessage("interrupted");
        assertThat(files()).isEmpty();
    }

    @Test
    void addsUpWhatPartsTookInThisRunAndBefore() throws IOException {
        WorkFolder first = new WorkFolder(folder.resolve("work"), () -> 7);
        first.part("answer", Map.of(), Answer.class, () -> new Answer(1, new int[0]));
        WorkFolder second = new WorkFolder(folder.resolve("work"), () -> 3);
        second.part("answer", Map.of(), Answer.class, () -> new Answer(1, new int[0]));
        assertThat(second.time().seconds()).isEqualTo(first.time().seconds()).isPositive();
        assertThat(second.peakBytes()).isEqualTo(7);
        assertThat(List.of(first.computed(), first.reused(), second.computed(), second.reused()))
                .containsExactly(1, 0, 0, 1);
    }

    private List<Path> files() throws IOException {
        try (var files = Files.list(folder.resolve("work"))) {
            return files.toList();
        }
    }
}
