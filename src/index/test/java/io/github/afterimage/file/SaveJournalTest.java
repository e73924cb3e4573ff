package io.github.afterimage.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.FileNames;
import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SaveJournalTest {
    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("index.safetensors");
    }

    @Test
    void removesWhatAKilledSaveLeftAndNothingElse() throws IOException {
        try (Saves saves = new Saves(file())) {
            saves.add(100).save().add(10).save();
            // As a save of a process that has ended would have left them.
            Path journal = AtomicFile.temporary(file(), ".saving");
            AtomicFile.ended(journal);
            Files.writeString(journal, """
                    index.0001.safetensors
                    index.0003.safetensors
                    index.0004.safetensors
                    other.safetensors
                    ../outside.0001.safetensors
                    """);
            Path unfinished = AtomicFile.temporary(folder.resolve("index.0004.safetensors"), ".partial");
            AtomicFile.ended(unfinished);
            for (String left :
                    List.of("index.0003.safetensors", unfinished.getFileName().toString())) {
                Files.writeString(folder.resolve(left), "left");
            }
            // Somebody else's.
            List<String> others = List.of("index.0007.safetensors", "other.safetensors", "index.01.safetensors");
            for (String other : others) {
                Files.writeString(folder.resolve(other), "other");
            }
            assertThat(IndexCheck.unnamed(file()))
                    .extracting(path -> path.getFileName().toString())
                    .containsExactly("index.0003.safetensors", "index.0007.safetensors");
            assertThat(IndexCheck.findings(file())).isEmpty();

            saves.add(1).save();
            assertThat(Saves.contents(file())).isEqualTo(saves.expected());
            assertThat(FileNames.in(folder)).containsAll(others).doesNotContain("index.0003.safetensors");
            assertThat(FileNames.in(folder)).noneMatch(name -> name.startsWith("."));
            for (String other : others) {
                assertThat(folder.resolve(other)).hasContent("other");
            }
            assertThat(IndexFile.files(file()))
                    .as("new parts have new names")
                    .contains(folder.resolve("index.0008.safetensors"));
        }
    }

    @Test
    void aJournalOfASaveThatRunsIsLeftAlone() throws IOException {
        try (Saves saves = new Saves(file())) {
            saves.add(100).save();
            Path part = Files.writeString(folder.resolve("index.0009.safetensors"), "being written");
            try (SaveJournal journal = SaveJournal.begin(Disk.SYSTEM, file(), List.of(part))) {
                saves.add(1).save();
                assertThat(part).hasContent("being written");
            }
            saves.add(1).save();
            assertThat(part).doesNotExist();
            assertThat(FileNames.in(folder)).noneMatch(name -> name.startsWith("."));
        }
    }
}
