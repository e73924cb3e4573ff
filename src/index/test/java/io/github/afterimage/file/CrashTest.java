package io.github.afterimage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.afterimage.file.RecordedDisk.Operation;
import io.github.afterimage.file.RecordedDisk.Rename;
import io.github.afterimage.platform.Disk;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Replays a save up to every operation, as it is after a crash there: of the writes that were not forced, all, each alone or
 * none are lost, the last is cut in half; of the names given since the folder was forced, any subset is lost.
 */
class CrashTest {
    private static final String NAME = "index.safetensors";

    @TempDir
    private Path folder;

    @TempDir
    private Path crashed;

    /** A save, and what was there before it. */
    enum Save {
        FIRST_OF_ALL {
            @Override
            void prepare(Saves saves) {}
        },
        WHOLE_OVER_WHOLE {
            @Override
            void prepare(Saves saves) throws IOException {
                saves.add(6).save().remove(id -> id < 4);
            }
        },
        FIRST_PART {
            @Override
            void prepare(Saves saves) throws IOException {
                saves.add(6).save();
            }
        },
        PARTS_BROUGHT_TOGETHER {
            @Override
            void prepare(Saves saves) throws IOException {
                saves.add(20).save().add(4).save().add(2).save();
            }
        },
        ONLY_REMOVED {
            @Override
            void prepare(Saves saves) throws IOException {
                saves.add(20).save().add(4).save().remove(id -> id == 3 || id > 19);
            }

            @Override
            int added() {
                return 0;
            }
        },
        PARTS_WITHOUT_WHAT_WAS_ERASED {
            @Override
            void prepare(Saves saves) throws IOException {
                saves.add(20).save().add(4).save().remove(id -> id == 3);
            }
        },
        WHOLE_OVER_PARTS {
            @Override
            void prepare(Saves saves) throws IOException {
                saves.add(9).save().add(2).save().remove(id -> id % 5 == 0);
            }

            @Override
            int added() {
                return 12;
            }
        };

        abstract void prepare(Saves saves) throws IOException;

        int added() {
            return 3;
        }
    }

    @ParameterizedTest
    @EnumSource(Save.class)
    void afterACrashAnywhereTheNameHoldsTheOldIndexOrTheNewOne(Save save) throws IOException {
        Path file = folder.resolve(NAME);
        try (Saves saves = new Saves(file)) {
            saves.erase = !save.name().contains("REMOVED");
            save.prepare(saves);
            String before = Saves.contentsIfThere(file);
            Map<String, byte[]> files = files(folder);
            RecordedDisk disk = new RecordedDisk();
            saves.add(save.added()).save(disk, false);
            String after = Saves.contents(file);
            assertThat(after).isEqualTo(saves.expected()).isNotEqualTo(before);

            Set<String> tried = new HashSet<>();
            Set<String> seen = new HashSet<>();
            for (int crash = 0; crash <= disk.log.size(); crash++) {
                for (Map<String, byte[]> state : CrashStates.of(files, disk.log.subList(0, crash))) {
                    if (tried.add(CrashStates.digest(state))) {
                        String found = open(state, save + " after " + crash + " of " + disk.log.size());
                        assertThat(found)
                                .as("%s, crashed after %d operations", save, crash)
                                .isIn(before, after);
                        seen.add(found);
                    }
                }
            }
            assertThat(seen).containsExactlyInAnyOrder(before, after);
            System.out.println(
                    save + ": " + disk.log.size() + " operations, " + tried.size() + " states after a crash");
        }
    }

    private String open(Map<String, byte[]> state, String when) throws IOException {
        for (Path old : list(crashed)) {
            Files.delete(old);
        }
        for (Map.Entry<String, byte[]> file : state.entrySet()) {
            Files.write(crashed.resolve(file.getKey()), file.getValue());
        }
        try {
            return Saves.contentsIfThere(crashed.resolve(NAME));
        } catch (IOException e) {
            return fail(when + ": " + e + " with " + state.keySet());
        }
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    static Map<String, byte[]> files(Path folder) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        for (Path file : list(folder)) {
            files.put(file.getFileName().toString(), Files.readAllBytes(file));
        }
        return files;
    }

    @ParameterizedTest
    @EnumSource(Save.class)
    void aFullDiskLeavesTheOldIndexAndNothingElse(Save save) throws IOException {
        int failing = 0;
        for (boolean reached = true; reached; failing++) {
            Path own = Files.createDirectory(folder.resolve("full" + failing));
            Path file = own.resolve(NAME);
            try (Saves saves = new Saves(file)) {
                save.prepare(saves);
                String before = Saves.contentsIfThere(file);
                Map<String, byte[]> files = files(own);
                RecordedDisk disk = new RecordedDisk(failing);
                saves.add(save.added());
                boolean saved = true;
                try {
                    saves.save(disk, false);
                } catch (IOException e) {
                    saved = false;
                    assertThat(e).hasMessageContaining("No space left on device");
                    if (disk.log.stream().noneMatch(new RenamedTo(NAME)::test)) {
                        assertThat(e).hasMessageStartingWith(file + ": cannot be saved");
                    }
                }
                reached = disk.failed();
                boolean renamed = disk.log.stream().anyMatch(new RenamedTo(NAME)::test);
                if (renamed) { // the disk failed when it was waited for
                    assertThat(Saves.contents(file)).isEqualTo(saves.expected());
                } else {
                    assertThat(saved).isFalse();
                    assertThat(Saves.contentsIfThere(file)).isEqualTo(before);
                    assertThat(files(own).keySet()).isEqualTo(files.keySet());
                }
                assertThat(files(own).keySet()).noneMatch(name -> name.endsWith(".partial"));
                saves.save(); // when there is room again
                assertThat(Saves.contents(file)).isEqualTo(saves.expected());
                assertThat(IndexCheck.findings(file)).isEmpty();
            }
        }
        System.out.println(save + ": failed at each of " + (failing - 1) + " operations");
    }

    @ParameterizedTest
    @EnumSource(Save.class)
    void whatAnInterruptedSaveLeavesGoesWithTheNextOne(Save save) throws IOException {
        AtomicInteger operations = new AtomicInteger();
        for (int interrupted = 0; interrupted <= operations.get(); interrupted++) {
            Path own = Files.createDirectory(folder.resolve("interrupted" + interrupted));
            Path file = own.resolve(NAME);
            try (Saves saves = new Saves(file)) {
                save.prepare(saves);
                saves.add(save.added());
                operations.set(0);
                try {
                    saves.save(interruptedAt(interrupted, operations), false);
                } catch (ClosedByInterruptException e) {
                    assertThat(Thread.currentThread().isInterrupted()).isTrue();
                } finally {
                    Thread.interrupted();
                }
                saves.save();
                assertThat(Saves.contents(file)).isEqualTo(saves.expected());
                assertThat(IndexCheck.unnamed(file))
                        .as("interrupted at operation %d", interrupted)
                        .isEmpty();
                assertThat(files(own).keySet()).noneMatch(name -> name.startsWith("."));
            }
        }
    }

    /** The system's files; before the operation of this number the thread is interrupted. */
    private static Disk interruptedAt(int number, AtomicInteger operations) {
        return (Disk) Proxy.newProxyInstance(
                Disk.class.getClassLoader(), new Class<?>[] {Disk.class}, (proxy, method, arguments) -> {
                    if (operations.getAndIncrement() == number) {
                        Thread.currentThread().interrupt();
                    }
                    try {
                        return method.invoke(Disk.SYSTEM, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private record RenamedTo(String name) {
        boolean test(Operation operation) {
            return operation instanceof Rename rename && rename.to().equals(name);
        }
    }
}
