package io.github.afterimage.file;

import static io.github.afterimage.Numbers.filled;
import static io.github.afterimage.Refusals.assertCorrupt;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.JavaCommand;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.PartitionedIndexWriter;
import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.keys.KeyChange;
import io.github.afterimage.keys.KeyDetails;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.RequestId;
import io.github.afterimage.keys.Section;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.log.Findings;
import io.github.afterimage.log.LogFile;
import io.github.afterimage.log.LogNames;
import io.github.afterimage.platform.Disk;
import io.github.afterimage.settings.Durability;
import io.github.afterimage.settings.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Damages each kind of bytes of an index, and compares what a repair keeps with what is intact. */
class IndexRepairTest {
    private static final String NAME = "index.safetensors";

    @TempDir
    private Path folder;

    private Path file;
    private Map<String, byte[]> intact = Map.of();
    private int repairs;

    @BeforeEach
    void prepare() {
        file = folder.resolve(NAME);
    }

    /** A repaired index: its keys as lines of text by their ids, and what was found. */
    private record Result(TreeMap<Long, String> keys, List<String> losses, List<String> mended) {}

    /** Makes an index of three parts of 40, 12 and 4 keys. */
    private void parts(ElementType type) throws IOException {
        try (Session session = Session.create(Disk.SYSTEM, file, type, Durability.everyChange())) {
            for (int count : new int[] {37, 12, 4}) {
                session.add(count, true);
                session.save();
            }
        }
        remember();
    }

    private void remember() throws IOException {
        intact = CrashTest.files(folder);
    }

    private void restore() throws IOException {
        for (Path path :
                CrashTest.files(folder).keySet().stream().map(folder::resolve).toList()) {
            Files.delete(path);
        }
        for (Map.Entry<String, byte[]> each : intact.entrySet()) {
            Files.write(folder.resolve(each.getKey()), each.getValue());
        }
    }

    private static TreeMap<Long, String> keys(String contents) {
        return contents.lines()
                .filter(line -> !line.startsWith("next"))
                .collect(Collectors.toMap(
                        line -> Long.parseLong(line.substring(0, line.indexOf(' '))),
                        line -> line,
                        (first, view) -> first + "\n" + view,
                        TreeMap::new));
    }

    /** Repairs the index; the damaged files stay as they are. */
    private Result repair() throws IOException {
        Map<String, byte[]> before = CrashTest.files(folder);
        Findings findings = new Findings();
        IndexFile.Contents repaired = IndexRepair.read(file, findings);
        Result result;
        try (KeyStore store = repaired.keys()) {
            result = new Result(keys(Session.contents(store)), findings.losses(), findings.mended());
            if (repairs++ % 16 == 0) { // a save waits for the disk
                save(repaired);
            }
        }
        assertThat(CrashTest.files(folder)).as("the originals").containsExactlyInAnyOrderEntriesOf(before);
        return result;
    }

    private void save(IndexFile.Contents contents) throws IOException {
        Path written = folder.resolve("repaired");
        try (SavedFiles files = new SavedFiles(null)) {
            files.save(written, contents.keys(), contents.attributes(), contents.extra(), false);
        }
        assertThat(IndexCheck.findings(written)).isEmpty();
        assertThat(Session.contents(written)).isEqualTo(Session.contents(contents.keys()));
        Files.delete(written);
    }

    private void zero(Path path, long from, int count) throws IOException {
        byte[] bytes = Files.readAllBytes(path);
        Arrays.fill(bytes, (int) from, (int) from + count, (byte) 0);
        Files.write(path, bytes);
    }

    private List<Path> partFiles() throws IOException {
        List<Path> files = IndexFile.files(file);
        return files.subList(1, files.size());
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void anIntactIndexIsCopiedBitByBit(ElementType type) throws IOException {
        parts(type);
        try (Session session = Session.open(Disk.SYSTEM, file, Durability.everyChange())) {
            for (int step = 0; step < 7; step++) {
                session.change(step);
            }
        }
        Result result = repair();
        assertThat(result.keys).isEqualTo(keys(Session.contents(file)));
        assertThat(result.losses).isEmpty();
        assertThat(result.mended).isEmpty();
        Findings findings = new Findings();
        IndexFile.Contents repaired = IndexRepair.read(file, findings);
        try (KeyStore store = repaired.keys();
                KeyStore expected = IndexFile.open(file, true).keys()) {
            assertThat(store.nextId()).isEqualTo(expected.nextId());
            assertThat(store.requests().encode()).isEqualTo(expected.requests().encode());
        }
    }

    /** Which rows of a part are lost when the middle third of a section is zeros. */
    private static int[] damagedRows(Section section, int rows) {
        IntStream all = IntStream.range(rows / 3, rows - rows / 3);
        return section == Section.LABELS ? new int[0] : all.toArray(); // a label of zero is possible
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void theMiddleOfASectionOfAPartCostsItsRowsAndNothingElse(ElementType type) throws IOException {
        parts(type);
        TreeMap<Long, String> all = keys(Session.contents(file));
        List<Path> parts = partFiles();
        assertThat(parts).hasSize(3);
        for (Path part : parts) {
            List<Section> sections;
            int rows;
            long[] ids;
            Map<Section, Long> starts = new TreeMap<>();
            Map<Section, Integer> rowBytes = new TreeMap<>();
            try (IndexReader reader = IndexReader.open(part)) {
                sections = reader.header.sections();
                rows = (int) reader.header.size();
                ids = reader.ids(0, rows);
                for (Section section : sections) {
                    starts.put(section, reader.headerBytes.length + reader.header.offset(section));
                    rowBytes.put(section, (int) (reader.header.bytes(section) / rows));
                }
            }
            for (Section section : List.of(Section.KEYS, Section.IDS, Section.LABELS, Section.SCALES)) {
                if (!sections.contains(section)) {
                    continue;
                }
                int first = rows / 3;
                int count = rows - 2 * first;
                byte[] sound = Files.readAllBytes(part);
                zero(part, starts.get(section) + (long) first * rowBytes.get(section), count * rowBytes.get(section));
                if (section == Section.LABELS && Arrays.equals(sound, Files.readAllBytes(part))) {
                    continue; // the labels were zeros before
                }
                Result result = repair();
                TreeMap<Long, String> expected = new TreeMap<>(all);
                IntStream.of(damagedRows(section, rows)).forEach(row -> expected.remove(ids[row]));
                assertThat(result.keys.keySet()).as("%s of %s", section, part).isEqualTo(expected.keySet());
                if (section != Section.LABELS) {
                    assertThat(result.keys).isEqualTo(expected);
                }
                assertThat(result.losses)
                        .as("%s of %s", section, part)
                        .last()
                        .asString()
                        .startsWith(part + ": " + section.tensor + ": ");
                assertThat(result.losses).as("keys without their scales").hasSize(section == Section.SCALES ? 2 : 1);
                if (section == Section.KEYS) {
                    assertThat(result.losses.get(0))
                            .contains(count + " of " + rows + " keys are lost: rows " + first + " to "
                                    + (first + count - 1) + ", ids " + ids[first] + " to " + ids[first + count - 1]);
                }
                restore();
            }
        }
    }

    @Test
    void aPictureKeepsTheKeysThatAreIntactAndOfItsClass() throws IOException {
        try (Session session = Session.create(Disk.SYSTEM, file, ElementType.FLOAT32, Durability.never())) {
            FloatBuffer rows = FloatBuffer.allocate(10 * 2 * Session.DIM);
            for (int i = 0; i < rows.capacity(); i++) {
                rows.put(i, 1 + i * i % 7);
            }
            int[] labels = new int[10];
            Arrays.fill(labels, 2);
            session.store.add(KeyRows.of(rows, labels).withViews(2)); // ids 3 to 12 in the rows 3 to 22
            session.files.save(folder.resolve(NAME + ".whole"), session.store, Map.of(), ExtraTensors.NONE, true);
        }
        Files.move(folder.resolve(NAME + ".whole"), file, StandardCopyOption.REPLACE_EXISTING);
        TreeMap<Long, String> expected = keys(Session.contents(file));
        expected.replaceAll((id, keys) -> id == 3 || id == 4 ? keys.substring(0, keys.indexOf('\n')) : keys);
        expected.replaceAll((id, keys) -> id == 5 ? keys.substring(keys.indexOf('\n') + 1) : keys);
        expected.remove(7L);
        long[] starts = new long[Section.values().length];
        try (IndexReader reader = IndexReader.open(file)) {
            for (Section section : reader.header.sections()) {
                starts[section.ordinal()] = reader.headerBytes.length + reader.header.offset(section);
            }
        }
        zero(file, starts[Section.LABELS.ordinal()] + 4 * Integer.BYTES, Integer.BYTES); // of the second view of id 3
        zero(file, starts[Section.IDS.ordinal()] + 6 * Long.BYTES, Long.BYTES); // of the second view of id 4
        zero(
                file,
                starts[Section.KEYS.ordinal()] + 7L * Session.DIM * Float.BYTES,
                4 * Session.DIM); // the first of id 5
        zero(file, starts[Section.IDS.ordinal()] + 11 * Long.BYTES, 2 * Long.BYTES); // of both views of id 7
        Result result = repair();
        assertThat(result.keys).isEqualTo(expected);
        assertThat(String.join("\n", result.losses))
                .contains("ids: the checksum does not match; 3 of 23 keys are lost: rows 6, 11 to 12")
                .contains("1 of 23 keys are lost: rows 7, ids 5")
                .contains(
                        "labels: 1 of 23 keys are lost, because others with their ids have another label: rows 4, ids 3");
    }

    @Test
    void damagedNamesAreLostAndTheirKeysAreNot() throws IOException {
        parts(ElementType.FLOAT32);
        Path part = partFiles().get(0);
        long start;
        try (IndexReader reader = IndexReader.open(part)) {
            start = reader.headerBytes.length + reader.header.offset(Section.NAMES);
        }
        zero(part, start, 30);
        Result result = repair();
        assertThat(result.keys).hasSize(56);
        assertThat(result.losses)
                .hasSize(1)
                .first()
                .asString()
                .contains("names: the checksum does not match; ")
                .contains("have none any more");
        TreeMap<Long, String> all = new TreeMap<>();
        restore();
        all.putAll(keys(Session.contents(file)));
        assertThat(result.keys.entrySet())
                .filteredOn(key -> !all.containsValue(key.getValue()))
                .hasSizeBetween(3, 6);
    }

    @Test
    void aMissingPartAndOneOfAnotherIndexCostTheirKeysOnly() throws IOException {
        parts(ElementType.FLOAT32);
        TreeMap<Long, String> all = keys(Session.contents(file));
        List<Path> parts = partFiles();
        Files.delete(parts.get(1));
        Result missing = repair();
        assertThat(missing.keys).hasSize(44);
        assertThat(all).containsAllEntriesOf(missing.keys);
        assertThat(missing.losses)
                .containsExactly(parts.get(1) + ": missing; its keys are lost, with ids from 40 on, below 52");
        restore();
        Files.copy(parts.get(0), parts.get(2), StandardCopyOption.REPLACE_EXISTING);
        Result foreign = repair();
        assertThat(foreign.keys).hasSize(52);
        assertThat(foreign.losses)
                .hasSize(1)
                .first()
                .asString()
                .contains("header: that of another part; its keys are lost");
    }

    @Test
    void aTruncatedFileKeepsTheRowsThatAreThere() throws IOException {
        try (Saves saves = new Saves(file)) {
            saves.add(20).save();
        }
        byte[] bytes = Files.readAllBytes(file);
        TreeMap<Long, String> all = keys(Session.contents(file));
        for (int length = bytes.length; length > bytes.length - 20 * 4 - 40; length -= 3) {
            Files.write(file, Arrays.copyOf(bytes, length));
            Result result = repair();
            assertThat(all.entrySet()).containsAll(result.keys.entrySet());
            assertThat(result.losses.isEmpty()).isEqualTo(length == bytes.length);
        }
    }

    @Test
    void oneByteOfTheHeaderIsMendedByItsChecksum() throws IOException {
        parts(ElementType.FLOAT32);
        String all = Session.contents(file);
        List<Path> files = new ArrayList<>(List.of(file));
        files.add(partFiles().get(1));
        Random random = new Random(3);
        for (Path damaged : files) {
            byte[] bytes = Files.readAllBytes(damaged);
            int end = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("  ");
            int tries = 0;
            int mended = 0;
            for (int position = 8; position < end; position += 7) {
                tries++;
                byte[] changed = bytes.clone();
                changed[position] ^= (byte) (1 + random.nextInt(255));
                Files.write(damaged, changed);
                Result result;
                try {
                    result = repair();
                } catch (CorruptIndexException e) {
                    throw new AssertionError(damaged + " at byte " + position, e);
                }
                if (result.losses.isEmpty()) {
                    assertThat(result.keys).isEqualTo(keys(all));
                    mended++;
                }
            }
            System.out.println(
                    mended + " of " + tries + " bytes of the header of " + damaged.getFileName() + " mended");
            assertThat(mended).isGreaterThan(tries * 9 / 10);
            restore();
        }
    }

    @Test
    void oneByteOfTheLengthOfTheHeaderIsMendedByItsChecksum() throws IOException {
        try (Saves saves = new Saves(file)) {
            saves.add(3000).save(); // longer than a header that is wrong by one byte
        }
        byte[] bytes = Files.readAllBytes(file);
        TreeMap<Long, String> all = keys(Session.contents(file));
        for (int position = 0; position < Long.BYTES; position++) {
            for (int change : new int[] {1, 8, 0x10, 0xff}) {
                byte[] changed = bytes.clone();
                changed[position] ^= (byte) change;
                Files.write(file, changed);
                Result result = repair();
                assertThat(result.keys).isEqualTo(all);
                assertThat(result.losses).isEmpty();
                assertThat(result.mended)
                        .containsExactly(
                                file + ": header: byte " + position + " was damaged; its checksum says what it was");
            }
        }
    }

    @Test
    void bytesBehindTheEndOfAFileAreLeftOut() throws IOException {
        try (Saves saves = new Saves(file)) {
            saves.add(20).save();
        }
        TreeMap<Long, String> all = keys(Session.contents(file));
        Files.write(file, new byte[7], StandardOpenOption.APPEND);
        Result result = repair();
        assertThat(result.keys).isEqualTo(all);
        assertThat(result.losses).isEmpty();
        assertThat(result.mended).hasSize(1).first().asString().endsWith("the file is extended");
    }

    @Test
    void anIndexWhoseHeaderIsGoneHasTheKeysOfItsPartsAndItsLog() throws IOException {
        parts(ElementType.FLOAT32);
        try (Session session = Session.open(Disk.SYSTEM, file, Durability.everyChange())) {
            session.add(3, true);
        }
        TreeMap<Long, String> all = keys(Session.contents(file));
        zero(file, 8, 100);
        Result result = repair();
        assertThat(result.keys).isEqualTo(all);
        assertThat(result.losses)
                .hasSize(1)
                .first()
                .asString()
                .startsWith(file + ": header: ")
                .contains("Class names and settings are lost, and keys that were removed may be back");
    }

    @Test
    void aFileOfKeysWithoutAReadableHeaderIsRefused() throws IOException {
        try (Saves saves = new Saves(file)) {
            saves.add(20).save();
        }
        zero(file, 8, 100);
        assertCorrupt(this::repair).hasMessageContaining("header");
    }

    @Test
    void aHeaderThatSaysTooManyKeysTakesNoMemoryForThem() throws IOException {
        try (Saves saves = new Saves(file)) {
            saves.add(20).save();
        }
        byte[] bytes = Files.readAllBytes(file);
        IndexHeader header;
        try (IndexReader reader = IndexReader.open(file)) {
            header = reader.header;
        }
        IndexHeader lying = new IndexHeader(header.format(), 1L << 40, 1L << 41, Map.of(), List.of(), null, Map.of());
        header.checksums().forEach(lying.checksums()::put);
        ByteBuffer.wrap(bytes).put(lying.encode());
        Files.write(file, bytes);
        Result result = repair();
        assertThat(result.keys).isEmpty();
        assertThat(result.losses)
                .anyMatch(loss -> loss.contains("the file ends before those of the last 1099511627776 keys"));
    }

    @Test
    void eachDamagedRecordCostsItsChangeOnly() throws IOException {
        parts(ElementType.FLOAT32);
        List<TreeMap<Long, String>> withoutEach = new ArrayList<>();
        int count = 14;
        // The same changes again and again, each time without one of them; ids are those of all changes.
        for (int without = 0; without <= count; without++) {
            restore();
            IndexFile.Contents contents = IndexFile.open(file, true);
            try (KeyStore store = contents.keys()) {
                for (int step = 0; step < count; step++) {
                    change(store, step, step != without);
                }
                withoutEach.add(keys(Session.contents(store)));
            }
        }
        restore();
        List<long[]> records = new ArrayList<>(); // begin and end
        try (Session session = Session.open(Disk.SYSTEM, file, Durability.everyChange())) {
            for (int step = 0; step < count; step++) {
                long begin = session.files.logBytes();
                change(session.store, step, true);
                records.add(new long[] {Math.max(begin, LogFile.HEADER_BYTES), session.files.logBytes()});
            }
        }
        remember();
        Path log = new LogNames(file).files().get(new LogNames(file).files().firstKey());
        assertThat(new LogNames(file).files()).hasSize(1);
        assertThat(repair().keys).isEqualTo(withoutEach.get(count));
        int ofHeader = 0;
        for (int step = 0; step < count; step++) {
            long[] record = records.get(step);
            for (long from : new long[] {record[0], record[0] + 8, (record[0] + record[1]) / 2 / 8 * 8}) {
                zero(log, from, 8);
                if (Arrays.equals(Files.readAllBytes(log), intact.get(IndexFile.name(log)))) {
                    continue; // zeros there before
                }
                Result result = repair();
                assertThat(result.keys).as("change %d, byte %d", step, from).isEqualTo(withoutEach.get(step));
                if (step < count - 1) {
                    assertThat(result.losses)
                            .hasSize(1)
                            .first()
                            .asString()
                            .startsWith(log + " at byte " + record[0] + ": change " + (3 + step) + " is lost");
                    ofHeader++;
                } else {
                    assertThat(result.losses).isEmpty();
                    assertThat(result.mended)
                            .hasSize(1)
                            .first()
                            .asString()
                            .contains("bytes behind the last change of its log");
                }
                restore();
            }
        }
        assertThat(ofHeader).isGreaterThan(count);
        zero(log, 0, LogFile.HEADER_BYTES);
        Result withoutHeader = repair();
        assertThat(withoutHeader.keys).isEqualTo(withoutEach.get(count));
        assertThat(withoutHeader.losses).hasSize(1).first().asString().startsWith(log + ": header: damaged");
    }

    /** Makes a change, whose keys do not depend on those before it, or only gives its ids. */
    private static void change(KeyStore store, int step, boolean made) {
        long next = store.nextId();
        if (step % 5 == 3) {
            if (made) {
                store.remove(step, next - 1);
            }
        } else if (step % 5 == 4) {
            if (made) {
                store.replay(KeyChange.removing(new long[] {step}, store.nextId()));
            }
        } else {
            add(store, step, made);
        }
    }

    private static void add(KeyStore store, int step, boolean made) {
        float[] rows = new float[3 * Session.DIM];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = 1 + step + i % 7;
        }
        KeyRows keys = KeyRows.of(FloatBuffer.wrap(rows), new int[] {0, 1, 2})
                .with(KeyDetails.named(List.of("a" + step, "b" + step, "")));
        if (made) {
            store.add(keys, step % 2 == 0 ? new RequestId("step " + step, 0) : null);
        } else {
            store.replay(KeyChange.none(store.nextId() + 3));
        }
    }

    @Test
    void damagesCostTheirChangesOnlyHoweverManyIntactOnesLieBetweenThem() throws IOException {
        int count = 10_050;
        try (Session session = Session.create(Disk.SYSTEM, file, ElementType.FLOAT32, Durability.never())) {
            session.add(count, false);
            session.save();
        }
        long[] begins = new long[count];
        try (Session session = Session.open(Disk.SYSTEM, file, Durability.never())) {
            for (int id = 0; id < count; id++) {
                begins[id] = Math.max(session.files.logBytes(), LogFile.HEADER_BYTES);
                session.store.remove(id);
            }
        }
        for (int id : new int[] {1, 2, 7, 10_040}) {
            zero(log(), begins[id], 8);
        }
        Result result = repair();
        assertThat(result.keys.keySet()).containsExactly(1L, 2L, 7L, 10_040L, 10_050L, 10_051L, 10_052L);
        assertThat(result.losses).hasSize(3);
        assertThat(result.mended).isEmpty();
    }

    @Test
    void falseBeginsOfChangesCountForTheWholeFile() throws IOException {
        Session.create(Disk.SYSTEM, file, ElementType.FLOAT32, Durability.never())
                .close();
        long[] ends = new long[4];
        try (Session session = Session.open(Disk.SYSTEM, file, Durability.never())) {
            for (int step = 0; step < ends.length; step += 2) {
                session.add(2000, false); // 28 bytes each
                ends[step] = session.files.logBytes();
                session.store.remove(step);
                ends[step + 1] = session.files.logBytes();
            }
        }
        byte[] bytes = Files.readAllBytes(log());
        for (int step = 0; step < ends.length; step += 2) {
            int begin = step == 0 ? LogFile.HEADER_BYTES : (int) ends[step - 1];
            for (int at = begin; at < ends[step]; at += Long.BYTES) {
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(at, 0x474f4c41); // "ALOG"
            }
        }
        Files.write(log(), bytes);
        Result result = repair();
        assertThat(result.keys.keySet()).containsExactly(1L, 2L);
        assertThat(result.losses)
                .hasSize(2)
                .last()
                .asString()
                .startsWith(log() + ": not searched behind byte ")
                .endsWith("because the file has 10001 false begins of changes up to there");
    }

    private Path log() throws IOException {
        return new LogNames(file).files().values().iterator().next();
    }

    @Test
    void manyLargePartsNeedNoMoreMemoryOutsideOfTheHeapThanOne() throws Exception {
        int rows = 1024;
        try (PartitionedIndexWriter writer =
                new CacheIndexBuilder(rows, 1).threads(1).buildInParts(file, rows)) {
            for (int part = 0; part < 8; part++) {
                writer.add(KeyBatch.of(FloatBuffer.wrap(filled(rows * rows, 1)), new int[rows]));
            }
            writer.complete();
        }
        Process process = new ProcessBuilder(
                        JavaCommand.of(List.of("-XX:MaxDirectMemorySize=16m"), IndexRepairTest.class, file.toString()))
                .redirectErrorStream(true)
                .start();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("8192 keys, no losses");
        assertThat(process.waitFor()).isZero();
    }

    /** Repairs an index and says what was found. */
    public static void main(String[] args) throws IOException {
        Findings findings = new Findings();
        try (KeyStore store = IndexRepair.read(Path.of(args[0]), findings).keys();
                Snapshot snapshot = store.snapshot()) {
            System.out.println(
                    snapshot.size() + " keys, " + (findings.losses().isEmpty() ? "no losses" : findings.losses()));
        }
    }

    @Test
    void aMissingFileOfALogCostsItsChanges() throws IOException {
        parts(ElementType.FLOAT32);
        for (int session = 0; session < 3; session++) {
            try (Session changes = Session.open(Disk.SYSTEM, file, Durability.everyChange())) {
                changes.add(2, true);
                changes.add(2, true);
            }
        }
        TreeMap<Long, String> all = keys(Session.contents(file));
        Path second = new ArrayList<>(new LogNames(file).files().values()).get(1);
        Files.delete(second);
        Result result = repair();
        all.subMap(60L, 64L).clear();
        assertThat(result.keys).isEqualTo(all);
        assertThat(result.losses)
                .hasSize(1)
                .first()
                .asString()
                .contains(
                        "changes 5 to 6 are lost, with the keys of ids 60 to 63; keys that they removed are still there");
    }

    @Test
    void whateverIsDamagedTheNewIndexOpensAndWhatItLacksIsNamed() throws IOException {
        parts(ElementType.FLOAT16);
        try (Session session = Session.open(Disk.SYSTEM, file, Durability.everyChange())) {
            for (int step = 0; step < 7; step++) {
                session.change(step);
            }
        }
        remember();
        TreeMap<Long, String> all = keys(Session.contents(file));
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> names = List.copyOf(new TreeMap<>(intact).keySet());
        int refused = 0;
        int changed = 0;
        for (int round = 0; round < 300; round++) {
            String name = names.get(random.nextInt(names.size()));
            byte[] bytes = intact.get(name).clone();
            int from = random.nextInt(bytes.length);
            byte[] noise = new byte[1 + random.nextInt(random.nextBoolean() ? 3 : 300)];
            random.nextBytes(noise);
            ByteBuffer.wrap(bytes, from, Math.min(noise.length, bytes.length - from))
                    .put(noise, 0, Math.min(noise.length, bytes.length - from));
            Files.write(
                    folder.resolve(name),
                    random.nextInt(10) == 0 && !name.endsWith(".log") ? Arrays.copyOf(bytes, from) : bytes);
            try {
                Result result = repair();
                if (!result.keys.equals(all)) {
                    assertThat(result.losses.size() + result.mended.size())
                            .as("seed %d, round %d: %s at byte %d", seed, round, name, from)
                            .isPositive();
                    changed++;
                }
            } catch (CorruptIndexException e) {
                assertThat(e).hasMessageContaining(name);
                refused++;
            }
            restore();
        }
        System.out.println("random damage, seed " + seed + ": " + changed + " of 300 indexes lack something, " + refused
                + " are refused");
        assertThat(refused).isLessThan(10);
    }

    @Test
    void aLongestAscendingSequenceIsKept() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 2000; round++) {
            long[] ids = random.longs(random.nextInt(10), -1, 9).toArray();
            boolean[] kept = IndexRepair.ascending(ids);
            long before = -1;
            int count = 0;
            for (int i = 0; i < ids.length; i++) {
                if (kept[i]) {
                    assertThat(ids[i]).isGreaterThan(before);
                    before = ids[i];
                    count++;
                }
            }
            int longest = 0;
            for (long subset = 0; subset < 1L << ids.length; subset++) {
                BitSet chosen = BitSet.valueOf(new long[] {subset});
                long[] sequence = chosen.stream().mapToLong(i -> ids[i]).toArray();
                boolean ascends = Arrays.stream(sequence).allMatch(id -> id >= 0)
                        && IntStream.range(1, sequence.length).allMatch(i -> sequence[i - 1] < sequence[i]);
                longest = ascends ? Math.max(longest, sequence.length) : longest;
            }
            assertThat(count).as("seed %d: %s", seed, Arrays.toString(ids)).isEqualTo(longest);
        }
    }
}
