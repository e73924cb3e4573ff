package io.github.afterimage.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.FileNames;
import io.github.afterimage.JavaCommand;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Snapshot;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a process that saves, at random moments: {@code mvn test -Dtest=KilledSaveTest -Dafterimage.kills=200}. */
@Tag("long")
class KilledSaveTest {
    private static final int KILLS = Integer.getInteger("afterimage.kills", 8);

    @TempDir
    private Path folder;

    @Test
    void whatWasSavedLastIsOpenedAfterAKill() throws Exception {
        Path file = folder.resolve("index.safetensors");
        long seed = System.nanoTime();
        System.out.println("kills: seed " + seed);
        Random random = new Random(seed);
        int version = 0;
        int began = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            List<String> options = List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx256m");
            Process process = new ProcessBuilder(JavaCommand.of(options, SavingProcess.class, file.toString()))
                    .redirectError(folder.resolve("errors").toFile())
                    .start();
            String last = null;
            try (BufferedReader lines = process.inputReader()) {
                String line = lines.readLine();
                assertThat(line).as(Files.readString(folder.resolve("errors"))).isNotNull();
                Thread.sleep(0, 1 + random.nextInt(999_999));
                Thread.sleep(random.nextInt(60));
                process.toHandle().destroyForcibly(); // what it said can still be read
                for (; line != null; line = lines.readLine()) {
                    last = line;
                }
            } finally {
                process.destroyForcibly().waitFor();
            }
            String[] saved = last.split(" ");
            IndexFile.Contents contents = IndexFile.open(file, true);
            try (KeyStore store = contents.keys();
                    Snapshot snapshot = store.snapshot()) {
                int found = Integer.parseInt(contents.attributes().get("version"));
                assertThat(found)
                        .as("seed %d kill %d: what was said to be saved is there, or the save after it", seed, kill)
                        .isBetween(Integer.parseInt(saved[0]), Integer.parseInt(saved[0]) + 1);
                if (found == Integer.parseInt(saved[0])) {
                    assertThat(snapshot.size()).isEqualTo(Long.parseLong(saved[1]));
                } else {
                    began++;
                }
                version = found;
            }
            assertThat(IndexCheck.findings(file)).isEmpty();
        }
        assertThat(FileNames.in(folder).stream()
                        .filter(name -> name.endsWith(".partial"))
                        .count())
                .as("what killed processes left is removed by those that save after them")
                .isLessThan(Math.max(4, KILLS / 2));
        List<String> left = FileNames.in(folder);
        try (Saves saves = Saves.open(file)) {
            saves.add(1).save();
        }
        List<String> named = new ArrayList<>(List.of("errors"));
        IndexFile.files(file).forEach(part -> named.add(IndexFile.name(part)));
        assertThat(FileNames.in(folder)).as("after the next save").containsExactlyInAnyOrderElementsOf(named);
        System.out.println(KILLS + " kills, " + version + " versions; " + began
                + " times the save that was killed had just ended; left: " + left);
    }
}
