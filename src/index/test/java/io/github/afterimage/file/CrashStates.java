package io.github.afterimage.file;

import io.github.afterimage.file.RecordedDisk.Create;
import io.github.afterimage.file.RecordedDisk.Delete;
import io.github.afterimage.file.RecordedDisk.Force;
import io.github.afterimage.file.RecordedDisk.ForceFolder;
import io.github.afterimage.file.RecordedDisk.Link;
import io.github.afterimage.file.RecordedDisk.Operation;
import io.github.afterimage.file.RecordedDisk.Rename;
import io.github.afterimage.file.RecordedDisk.Write;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * The contents of a folder after a crash: of the writes that were not forced, all, each alone or none are lost, the last is cut
 * in half; of the names given since the folder was forced, any subset is lost.
 */
final class CrashStates {
    private CrashStates() {}

    /** Returns the contents that the folder may have after the crash. */
    static List<Map<String, byte[]>> of(Map<String, byte[]> before, List<Operation> log) {
        int forced = 0;
        for (int i = 0; i < log.size(); i++) {
            forced = log.get(i) instanceof ForceFolder ? i + 1 : forced;
        }
        List<Integer> names = new ArrayList<>(); // operations on names that may be lost
        List<Integer> writes = new ArrayList<>(); // and writes
        for (int i = 0; i < log.size(); i++) {
            Operation operation = log.get(i);
            if (i >= forced && !(operation instanceof Write || operation instanceof Force)) {
                names.add(i);
            }
            if (operation instanceof Write write && !log.subList(i, log.size()).contains(new Force(write.number()))) {
                writes.add(i);
            }
        }
        List<Set<Integer>> lostWrites = new ArrayList<>(List.of(Set.of(), new HashSet<>(writes)));
        writes.forEach(write -> lostWrites.add(Set.of(write)));
        List<Map<String, byte[]>> states = new ArrayList<>();
        for (int subset = 0; subset < 1 << names.size(); subset++) {
            Set<Integer> lost = new HashSet<>();
            for (int i = 0; i < names.size(); i++) {
                if ((subset >> i & 1) == 1) {
                    lost.add(names.get(i));
                }
            }
            for (Set<Integer> more : lostWrites) {
                Set<Integer> all = new HashSet<>(lost);
                all.addAll(more);
                states.add(replay(before, log, all, -1));
            }
            if (!writes.isEmpty()) {
                states.add(replay(before, log, lost, writes.get(writes.size() - 1)));
            }
        }
        return states;
    }

    private static Map<String, byte[]> replay(
            Map<String, byte[]> before, List<Operation> log, Set<Integer> lost, int cut) {
        Map<String, byte[][]> names = new TreeMap<>(); // to contents that can be replaced, shared by links
        before.forEach((name, bytes) -> names.put(name, new byte[][] {bytes}));
        Map<Integer, byte[][]> files = new TreeMap<>();
        for (int i = 0; i < log.size(); i++) {
            Operation operation = log.get(i);
            if (operation instanceof Create create) {
                files.put(create.number(), new byte[][] {new byte[0]});
            }
            if (lost.contains(i)) {
                continue;
            }
            if (operation instanceof Create create) {
                names.put(create.name(), files.get(create.number()));
            } else if (operation instanceof Write write) {
                byte[] bytes = i == cut ? Arrays.copyOf(write.bytes(), write.bytes().length / 2) : write.bytes();
                byte[][] content = files.get(write.number());
                content[0] =
                        Arrays.copyOf(content[0], Math.max(content[0].length, (int) write.position() + bytes.length));
                System.arraycopy(bytes, 0, content[0], (int) write.position(), bytes.length);
            } else if (operation instanceof Rename rename && names.containsKey(rename.from())) {
                if (names.get(rename.from()) != names.get(rename.to())) { // as rename(2) does
                    names.put(rename.to(), names.remove(rename.from()));
                }
            } else if (operation instanceof Link link && names.containsKey(link.existing())) {
                names.put(link.name(), names.get(link.existing()));
            } else if (operation instanceof Delete delete) {
                names.remove(delete.name());
            }
        }
        Map<String, byte[]> state = new TreeMap<>();
        names.forEach((name, content) -> state.put(name, content[0]));
        return state;
    }

    static String digest(Map<String, byte[]> state) {
        StringBuilder digest = new StringBuilder();
        state.forEach((name, bytes) -> {
            CRC32C crc = new CRC32C();
            crc.update(bytes);
            digest.append(name)
                    .append(' ')
                    .append(bytes.length)
                    .append(' ')
                    .append(crc.getValue())
                    .append('\n');
        });
        return digest.toString();
    }
}
