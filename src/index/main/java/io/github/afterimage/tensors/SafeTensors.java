package io.github.afterimage.tensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Reads the header of a safetensors file: 8 bytes of length, JSON, then the tensors without gap or overlap. */
final class SafeTensors {
    private static final int LENGTH_BYTES = 8;
    // The format allows 100 MB; features have a few tensors, and a header is held in memory several times over.
    private static final long MAXIMUM_HEADER_BYTES = 16 << 20;
    private static final int MAXIMUM_TENSORS = 100_000;
    private static final int MAXIMUM_DIMENSIONS = 64;
    private static final int LISTED = 20; // arrays that a message lists: more do not fit a terminal

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private record Entry(String name, String type, long[] shape, long begin, long end) {}

    private SafeTensors() {}

    /**
     * Adds the arrays wanted to {@code target}.
     *
     * @return what the file holds, in words; the first of many arrays
     */
    static String read(Path path, FileChannel channel, List<String> wanted, ArrayFile target) throws IOException {
        long size = channel.size();
        Region file = new Region(channel, path.toString(), 0, size);
        if (size < LENGTH_BYTES) {
            throw new CorruptDataException(
                    path + " has " + size + " bytes: expected a .npz, .npy, safetensors or flat Faiss file");
        }
        ByteBuffer lengthBytes = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        file.read(0, lengthBytes);
        long length = lengthBytes.getLong(0);
        if (length < 2 || length > MAXIMUM_HEADER_BYTES || length > size - LENGTH_BYTES) {
            throw new CorruptDataException(
                    path + " is neither a .npz nor an intact safetensors file: its header would have "
                            + Long.toUnsignedString(length) + " bytes, at most "
                            + Math.min(MAXIMUM_HEADER_BYTES, size - LENGTH_BYTES) + " are possible");
        }
        ByteBuffer header = ByteBuffer.allocate((int) length);
        file.read(LENGTH_BYTES, header);
        List<Entry> entries;
        try (JsonParser parser = JSON.createParser(utf8(path, header.rewind()))) {
            entries = parse(path, parser);
        } catch (JsonProcessingException e) {
            throw new CorruptDataException(
                    path + " has a damaged safetensors header: "
                            + e.getOriginalMessage().lines().findFirst().orElse("not JSON"),
                    e);
        }
        Region data = file.from(LENGTH_BYTES + length);
        requireContiguous(path, entries, data.length());
        for (Entry entry : entries) {
            if (wanted.contains(entry.name())) {
                target.add(entry.name(), array(path, channel, entry, LENGTH_BYTES + length));
            }
        }
        String first = entries.stream()
                .limit(LISTED)
                .map(entry -> entry.name() + " " + entry.type() + " " + Arrays.toString(entry.shape()))
                .collect(Collectors.joining(", "));
        return entries.isEmpty() ? "none" : first + (entries.size() > LISTED ? " and more" : "");
    }

    private static NumericArray array(Path path, FileChannel channel, Entry entry, long dataStart)
            throws CorruptDataException {
        String name = "\"" + entry.name() + "\" in " + path;
        NumberType type = NumberType.ofSafeTensors(entry.type());
        if (type == null) {
            throw new CorruptDataException(name + " has dtype " + entry.type()
                    + ": expected F64, F32, F16 or BF16, or integers for labels and images");
        }
        long bytes = NumericArray.bytes(name, type.bytes, entry.shape());
        if (bytes != entry.end() - entry.begin()) {
            throw new CorruptDataException(
                    name + " has " + (entry.end() - entry.begin()) + " bytes: its shape and dtype need " + bytes);
        }
        Region region = new Region(channel, name, dataStart + entry.begin(), bytes);
        return new NumericArray(name, type, ByteOrder.LITTLE_ENDIAN, entry.shape(), region);
    }

    private static void requireContiguous(Path path, List<Entry> entries, long dataBytes) throws CorruptDataException {
        List<Entry> sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long position = 0;
        for (Entry entry : sorted) {
            if (entry.begin() != position || entry.end() < entry.begin() || entry.end() > dataBytes) {
                throw new CorruptDataException("\"" + entry.name() + "\" in " + path + " has data_offsets ["
                        + entry.begin() + ", " + entry.end() + "]: expected to start at " + position
                        + " and to end within " + dataBytes + " bytes");
            }
            position = entry.end();
        }
        if (position != dataBytes) {
            throw new CorruptDataException(
                    path + " has " + dataBytes + " bytes of tensors: its header describes " + position);
        }
    }

    /** Jackson would guess another encoding from zeros between characters. */
    private static String utf8(Path path, ByteBuffer header) throws CorruptDataException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(header).toString();
        } catch (CharacterCodingException e) {
            throw new CorruptDataException(path + " has a damaged safetensors header: not UTF-8", e);
        }
    }

    private static List<Entry> parse(Path path, JsonParser parser) throws IOException {
        List<Entry> entries = new ArrayList<>();
        expect(path, parser, JsonToken.START_OBJECT);
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            expect(path, parser, JsonToken.START_OBJECT);
            if (name.equals("__metadata__")) {
                parser.skipChildren();
            } else {
                entries.add(entry(path, parser, name));
            }
            if (entries.size() > MAXIMUM_TENSORS) {
                throw new CorruptDataException(path + " has more than " + MAXIMUM_TENSORS
                        + " tensors, the most that are read: save features, labels and probabilities alone");
            }
        }
        if (parser.nextToken() != null) {
            throw new CorruptDataException(path + " has a damaged safetensors header: text after its end");
        }
        return entries;
    }

    private static Entry entry(Path path, JsonParser parser, String name) throws IOException {
        String type = null;
        long[] shape = null;
        long[] offsets = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            switch (parser.currentName()) {
                case "dtype" -> {
                    expect(path, parser, JsonToken.VALUE_STRING);
                    type = parser.getText();
                }
                case "shape" -> shape = longs(path, parser);
                case "data_offsets" -> offsets = longs(path, parser);
                default ->
                    throw new CorruptDataException("\"" + name + "\" in " + path + " has an unknown field \""
                            + parser.currentName() + "\": expected dtype, shape and data_offsets");
            }
        }
        if (type == null || shape == null || offsets == null || offsets.length != 2) {
            throw new CorruptDataException(
                    "\"" + name + "\" in " + path + " is incomplete: expected dtype, shape and two data_offsets");
        }
        return new Entry(name, type, shape, offsets[0], offsets[1]);
    }

    private static long[] longs(Path path, JsonParser parser) throws IOException {
        List<Long> values = new ArrayList<>();
        expect(path, parser, JsonToken.START_ARRAY);
        while (parser.nextToken() == JsonToken.VALUE_NUMBER_INT && values.size() < MAXIMUM_DIMENSIONS) {
            values.add(parser.getLongValue()); // beyond 64 bits: a JsonProcessingException
        }
        if (parser.currentToken() != JsonToken.END_ARRAY) {
            throw new CorruptDataException(path + " has a damaged safetensors header: expected at most "
                    + MAXIMUM_DIMENSIONS + " whole numbers, found "
                    + parser.currentToken());
        }
        return values.stream().mapToLong(Long::longValue).toArray();
    }

    private static void expect(Path path, JsonParser parser, JsonToken token) throws IOException {
        if (parser.nextToken() != token) {
            throw new CorruptDataException(
                    path + " has a damaged safetensors header: expected " + token + ", found " + parser.currentToken());
        }
    }
}
