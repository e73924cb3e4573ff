package io.github.afterimage.file;

import io.github.afterimage.platform.Disk;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens an index and saves it again and again, with keys added and removed, until it is killed; says what it saved. */
final class SavingProcess {
    private SavingProcess() {}

    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[0]);
        try (Saves saves = Files.exists(file) ? Saves.open(file) : new Saves(file)) {
            for (int i = 0; ; i++) {
                long oldest = saves.store.nextId() - 2000;
                saves.add(1 + i % 300).remove(id -> id < oldest && id % 2 == 0);
                saves.save(Disk.SYSTEM, i % 10 == 9);
                System.out.println(saves.version() + " " + saves.ids().count());
                System.out.flush();
            }
        }
    }
}
