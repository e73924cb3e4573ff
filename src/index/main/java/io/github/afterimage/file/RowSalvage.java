package io.github.afterimage.file;

import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.keys.Detail;
import io.github.afterimage.keys.KeyChange;
import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.NewKeys;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.SectionCheck;
import io.github.afterimage.platform.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Copies the keys of a damaged file whose bytes are there and possible. Where the checksum of a section is right, so are its
 * values; where it is not, a wrong value that is possible too is not noticed.
 */
final class RowSalvage {
    private static final int MOST_RANGES = 20;

    private final IndexReader file;
    private final IndexHeader header;
    private final List<String> losses;
    private final int rows;
    /** The ids that the file has. */
    private final long[] ids;
    /** Whether the ids are those that were written. */
    private final boolean soundIds;

    private final BitSet lost = new BitSet();
    private final BitSet unknownIds = new BitSet();
    /** Rows that have another label than those before them with the same id. */
    private final BitSet strangers = new BitSet();

    private long picture = -1;
    private int label;

    /** @throws CorruptIndexException if there are too many keys for one file */
    RowSalvage(IndexReader file, List<String> losses) throws IOException {
        this.file = file;
        this.losses = losses;
        header = file.header;
        long complete = file.available(Section.IDS) / Long.BYTES; // a damaged header may say any number of keys
        if (complete > Integer.MAX_VALUE - 8) {
            throw new CorruptIndexException(file.file, "keys: " + complete + ", more than a repair can hold");
        }
        rows = (int) complete;
        ids = new long[rows];
        int[] row = {0};
        soundIds = file.read(header.tensor(Section.IDS), complete * Long.BYTES, bytes -> {
            while (bytes.hasRemaining()) {
                ids[row[0]++] = bytes.getLong();
            }
        });
        if (complete < header.size()) {
            losses.add(file.file + ": ids: the file ends before those of the last " + (header.size() - complete)
                    + " keys, which are lost");
        }
    }

    /** Returns the first row of each picture: of rows side by side with the same id. */
    IntStream pictures() {
        return IntStream.iterate(0, row -> row < rows, this::end);
    }

    /** Returns the row behind those of a picture. */
    private int end(int row) {
        int end = row + 1;
        while (end < rows && ids[end] == ids[row]) {
            end++;
        }
        return end;
    }

    /** Returns the id of each picture; -1 for one of too many keys. */
    LongStream pictureIds() {
        return pictures().mapToLong(row -> end(row) - row > KeyRows.MOST_VIEWS ? -1 : ids[row]);
    }

    /** Marks the rows of a picture whose id does not ascend from those before it to those behind it. */
    void loseId(int row) {
        lost.set(row, end(row));
        unknownIds.set(row, end(row));
    }

    /** Returns the first id; -1 if none is known. */
    long firstId() {
        int row = unknownIds.nextClearBit(0);
        return row < rows ? ids[row] : -1;
    }

    /** Finds the rows that are wrong. */
    void check() throws IOException {
        report(Section.IDS, soundIds, lost, "are lost");
        for (Section section : List.of(Section.KEYS, Section.LABELS, Section.SCALES)) {
            if (rows > 0 && header.has(section)) {
                check(section);
            }
        }
    }

    private void check(Section section) throws IOException {
        long rowBytes = header.bytes(section) / header.size();
        int complete = (int) Math.min(rows, file.available(section) / rowBytes);
        BitSet wrong = new BitSet();
        wrong.set(complete, rows);
        SectionCheck check = file.check(section).tell(row -> wrong.set((int) row));
        boolean sound = file.read(header.tensor(section), complete * rowBytes, check::accept);
        report(section, sound, wrong, "are lost");
        lost.or(wrong);
    }

    private void report(Section section, boolean sound, BitSet wrong, String fate) {
        if (sound && wrong.isEmpty()) {
            return;
        }
        String place = file.file + ": " + section.tensor + ": ";
        String reason = sound ? "" : "the checksum does not match; ";
        if (wrong.isEmpty()) {
            losses.add(place + reason + "all values are possible and kept as they are, but some may be wrong");
            return;
        }
        LongStream known = wrong.stream()
                .filter(row -> !unknownIds.get(row))
                .mapToLong(row -> ids[row])
                .distinct();
        String of = ranges(known.toArray());
        losses.add(place + reason + wrong.cardinality() + " of " + rows + " keys " + fate + ": rows "
                + ranges(wrong.stream().asLongStream().toArray()) + (of.isEmpty() ? "" : ", ids " + of));
    }

    /** Lists ascending numbers: 3, 5 to 7. */
    static String ranges(long[] numbers) {
        StringBuilder text = new StringBuilder();
        int ranges = 0;
        for (int i = 0, end; i < numbers.length; i = end) {
            end = i + 1;
            while (end < numbers.length && numbers[end] == numbers[end - 1] + 1) {
                end++;
            }
            if (++ranges > MOST_RANGES) {
                return text + " and " + (numbers.length - i) + " more, the last is " + numbers[numbers.length - 1];
            }
            text.append(ranges == 1 ? "" : ", ").append(numbers[i]);
            if (end > i + 1) {
                text.append(" to ").append(numbers[end - 1]);
            }
        }
        return text.toString();
    }

    /** Adds all rows that are not lost to a store, with their ids. */
    void copy(KeyStore store) throws IOException {
        Map<Detail, BitSet> without = new EnumMap<>(Detail.class);
        int step = (int) Math.max(1, InputFile.CHUNK_BYTES / header.format().bytes(Section.KEYS, 1));
        for (int first = 0; first < rows; first += Math.min(step, rows - first)) {
            int end = first + Math.min(step, rows - first);
            int[] kept = ofPictures(
                    IntStream.range(first, end).filter(row -> !lost.get(row)).toArray());
            if (kept.length > 0) {
                store.replay(KeyChange.adding(keys(kept, without)));
            }
        }
        report(Section.LABELS, true, strangers, "are lost, because others with their ids have another label");
        for (Detail detail : Detail.values()) {
            if (header.has(detail.bytes)) {
                boolean sound = file.isSound(detail.ends) && file.isSound(detail.bytes);
                report(detail.bytes, sound, without.getOrDefault(detail, new BitSet()), "have none any more");
            }
        }
    }

    /** Returns those of some further rows that can be views of the picture whose id they have. */
    private int[] ofPictures(int[] some) throws IOException {
        int[] labels = labels(some);
        for (int i = 0; i < some.length; i++) {
            if (ids[some[i]] != picture) {
                picture = ids[some[i]];
                label = labels[i];
            }
            strangers.set(some[i], labels[i] != label);
        }
        return IntStream.of(some).filter(row -> !strangers.get(row)).toArray();
    }

    private int[] labels(int[] kept) throws IOException {
        int[] labels = new int[kept.length];
        if (kept.length > 0) {
            rows(Section.LABELS, kept).asIntBuffer().get(labels);
        }
        return labels;
    }

    private NewKeys keys(int[] kept, Map<Detail, BitSet> without) throws IOException {
        Map<Section, ByteBuffer> stored = new EnumMap<>(Section.class);
        for (Section section : List.of(Section.KEYS, Section.SCALES)) {
            if (header.has(section)) {
                stored.put(section, rows(section, kept));
            }
        }
        Map<Detail, byte[][]> details = new EnumMap<>(Detail.class);
        for (Detail detail : Detail.values()) {
            if (header.has(detail.bytes)) {
                details.put(detail, details(detail, kept, without.computeIfAbsent(detail, none -> new BitSet())));
            }
        }
        KeyFormat format = header.format();
        NewKeys.Rows writer = (segment, first, count, row) -> stored.forEach((section, bytes) -> segment.put(
                section, row, bytes.slice((int) format.bytes(section, first), (int) format.bytes(section, count))));
        long[] keptIds = IntStream.of(kept).mapToLong(row -> ids[row]).toArray();
        return new NewKeys(writer, labels(kept), details, keptIds);
    }

    /** Reads some ascending rows of a section, one behind the other. */
    private ByteBuffer rows(Section section, int[] kept) throws IOException {
        int rowBytes = Math.toIntExact(header.format().bytes(section, 1));
        int first = kept[0];
        int count = kept[kept.length - 1] - first + 1;
        ByteBuffer all = file.bytes(section, (long) first * rowBytes, count * rowBytes);
        ByteBuffer chosen = ByteBuffer.allocate(kept.length * rowBytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int row : kept) {
            chosen.put(all.slice((row - first) * rowBytes, rowBytes));
        }
        return chosen.flip();
    }

    /** @param without receives the rows whose detail cannot be read */
    private byte[][] details(Detail detail, int[] kept, BitSet without) throws IOException {
        byte[][] details = new byte[kept.length][];
        for (int i = 0; i < kept.length; i++) {
            long start = kept[i] == 0 ? 0 : end(detail, kept[i] - 1);
            long end = end(detail, kept[i]);
            details[i] = new byte[0];
            boolean complete =
                    start >= 0 && start <= end && end - start <= detail.maxBytes && end <= file.available(detail.bytes);
            ByteBuffer bytes = file.bytes(detail.bytes, start, complete ? (int) (end - start) : 0);
            if (complete && detail.problem(bytes.duplicate()) == null) {
                details[i] = bytes.array();
            } else {
                without.set(kept[i]);
            }
        }
        return details;
    }

    private long end(Detail detail, int row) throws IOException {
        boolean complete = (row + 1L) * Long.BYTES <= file.available(detail.ends);
        return complete
                ? file.bytes(detail.ends, (long) row * Long.BYTES, Long.BYTES).getLong()
                : -1;
    }
}
