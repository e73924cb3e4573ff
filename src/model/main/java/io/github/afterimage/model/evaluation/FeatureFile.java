package io.github.afterimage.model.evaluation;

import io.github.afterimage.CacheReader;
import io.github.afterimage.Progress;
import io.github.afterimage.platform.AtomicFile;
import io.github.afterimage.platform.NumberType;
import io.github.afterimage.settings.ElementType;
import io.github.afterimage.tensors.SafeTensorsHeader;
import io.github.afterimage.tensors.SafeTensorsHeader.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Writes the rows that an index compares, one for each example, as safetensors: {@code name_ends} (n) int64 and {@code names}
 * (bytes) uint8, the names of the examples as an index file has them; {@code labels} (n) int32, {@code features} (n, keyDim) and,
 * if the examples have them, {@code probabilities} (n, classes) and {@code mirror_probabilities}.
 *
 * <p>Guarantees: every tensor begins at a multiple of its element's size, so that it can be mapped; the file appears under
 * its name when it is complete.
 */
public final class FeatureFile {
    private static final int BATCH = 256;
    /** Bytes of a cache line: the tensors begin at a multiple of it. */
    private static final int ALIGNMENT = 64;

    private final CacheReader index;
    private final Examples examples;
    private final NumberType type;
    private final NumberType probabilityType;
    private final byte[] names; // all as UTF-8
    private final long[] nameEnds;

    private FeatureFile(CacheReader index, Examples examples, ElementType type) {
        this.index = index;
        this.examples = examples;
        this.type = NumberType.of(type(type.shortName()));
        // bfloat16 has too few digits for probabilities.
        probabilityType = type == ElementType.FLOAT32 ? NumberType.F32 : NumberType.F16;
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        nameEnds = IntStream.range(0, examples.size())
                .mapToLong(example -> {
                    all.writeBytes(examples.name(example).getBytes(StandardCharsets.UTF_8));
                    return all.size();
                })
                .toArray();
        names = all.toByteArray();
    }

    /**
     * Returns the element type of this name.
     *
     * @throws IllegalArgumentException if features cannot be written as such
     */
    public static ElementType type(String name) {
        if (!name.toLowerCase(Locale.ROOT).matches("f32|f16|bf16")) {
            throw new IllegalArgumentException("feature type \"" + name + "\": expected f32, f16, bf16");
        }
        return ElementType.named(name);
    }

    /**
     * Writes the file. Examples that are reduced already are written as they are, scaled to unit norm.
     *
     * @param type f32, f16 or bf16; probabilities are f32 with f32 and f16 with the others
     * @param metadata kept in the header, to which this adds the reduction of the index
     * @throws IllegalArgumentException if the examples do not fit the index, or one is refused; names it
     * @throws IOException if the file cannot be written; its name then holds what it held
     */
    public static PassTime write(
            CacheReader index,
            Examples examples,
            ElementType type,
            Map<String, String> metadata,
            Path file,
            Progress progress)
            throws IOException {
        FeatureFile content = new FeatureFile(CompatibleIndex.of(index, examples), examples, type);
        Map<String, String> all = new LinkedHashMap<>(metadata);
        index.format().reduction().ifPresent(reduction -> all.put("reduction", reduction.toString()));
        try (AtomicFile target = AtomicFile.create(file)) {
            PassTime time = content.write(target.channel(), all, progress);
            target.complete();
            return time;
        }
    }

    /** Returns the bytes of a file of features without its header. */
    public static long bytes(CacheReader index, Examples examples, ElementType type) {
        return new FeatureFile(index, examples, type)
                .tensors().stream().mapToLong(Tensor::bytes).sum();
    }

    private List<Tensor> tensors() {
        long size = examples.size();
        List<Tensor> tensors = new ArrayList<>(List.of(
                new Tensor("name_ends", NumberType.I64, List.of(size)),
                new Tensor("labels", NumberType.I32, List.of(size)),
                new Tensor("features", type, List.of(size, (long) index.format().keyDim()))));
        for (String name : List.of("probabilities", "mirror_probabilities").subList(0, examples.views())) {
            tensors.add(new Tensor(name, probabilityType, List.of(size, (long) examples.classes())));
        }
        tensors.add(new Tensor("names", NumberType.U8, List.of((long) names.length)));
        return tensors;
    }

    private PassTime write(FileChannel channel, Map<String, String> metadata, Progress progress) throws IOException {
        List<Tensor> tensors = tensors();
        byte[] header = SafeTensorsHeader.encode(metadata, tensors, ALIGNMENT);
        AtomicFile.write(channel, ByteBuffer.wrap(header));
        ByteBuffer ends = buffer(Math.multiplyExact(nameEnds.length, Long.BYTES));
        ends.asLongBuffer().put(nameEnds);
        AtomicFile.write(channel, ends);
        long labels = header.length + tensors.get(0).bytes();
        long features = labels + tensors.get(1).bytes();
        long probabilities = features + tensors.get(2).bytes();
        Stopwatch total = Stopwatch.started();
        Stopwatch encoding = new Stopwatch();
        examples.forEachBatch(BATCH, progress, batch -> {
            encoding.start();
            float[] rows = encode(batch);
            encoding.stop();
            ByteBuffer labelBytes = buffer(batch.labels().length * Integer.BYTES);
            labelBytes.asIntBuffer().put(batch.labels());
            long first = batch.first();
            AtomicFile.write(channel.position(labels + first * Integer.BYTES), labelBytes);
            AtomicFile.write(
                    channel.position(features + first * index.format().keyDim() * type.bytes), bytes(rows, type));
            long start = probabilities + first * examples.classes() * probabilityType.bytes;
            for (float[] view : views(batch)) {
                AtomicFile.write(channel.position(start), bytes(view, probabilityType));
                start += examples.size() * (long) examples.classes() * probabilityType.bytes;
            }
        });
        long end = header.length + tensors.stream().mapToLong(Tensor::bytes).sum();
        AtomicFile.write(channel.position(end - names.length), ByteBuffer.wrap(names));
        return PassTime.of(total, encoding);
    }

    private static List<float[]> views(Examples.Batch batch) {
        return Stream.of(batch.probabilities(1), batch.mirrored())
                .filter(Objects::nonNull)
                .toList();
    }

    private float[] encode(Examples.Batch batch) {
        try {
            return index.encode(batch.features());
        } catch (IllegalArgumentException e) {
            throw BadExample.in(batch, examples, index, e);
        }
    }

    private static ByteBuffer bytes(float[] values, NumberType type) {
        ByteBuffer bytes = buffer(Math.multiplyExact(values.length, type.bytes));
        for (float value : values) {
            type.put(bytes, value);
        }
        return bytes.flip();
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
