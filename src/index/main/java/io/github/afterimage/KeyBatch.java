package io.github.afterimage;

import io.github.afterimage.engine.RowEncoder;
import io.github.afterimage.failure.RequestConflictException;
import io.github.afterimage.failure.UnsavedChangeException;
import io.github.afterimage.keys.KeyDetails;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.RequestId;
import io.github.afterimage.keys.UnitRows;
import io.github.afterimage.platform.ContentDigest;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keys to add to an index in one step, with all that belongs to them.
 *
 * <pre>{@code
 * try (CacheIndex index = new CacheIndexBuilder(2, 3).build()) {
 *     KeyBatch owls = KeyBatch.of(new float[] {1, 0, 0, 1}, new int[] {2, 2})
 *             .names(List.of("a/owl.png", "b/owl.png"));
 *     long first = index.add(owls).first();
 *     System.out.println(index.key(first).orElseThrow().name());
 * }
 * }</pre>
 *
 * <p>Immutable, but rows, labels and lists are not copied: do not change them before the keys are added.
 */
public final class KeyBatch {
    private final KeyRows rows;
    private final @Nullable Request request;
    private final boolean reduced;

    /** @param digest null for that of the keys as they are when they are added */
    private record Request(String id, @Nullable Long digest) {
        Request {
            RequestId.require(id);
        }
    }

    private KeyBatch(KeyRows rows, @Nullable Request request, boolean reduced) {
        this.rows = rows;
        this.request = request;
        this.reduced = reduced;
    }

    /**
     * Makes a batch of keys without names and thumbnails.
     *
     * @param features {@code (labels.length, dim)} float32 row-major, from the buffer's position to its limit
     * @param labels a class in {@code 0..classes-1} for each row
     */
    public static KeyBatch of(FloatBuffer features, int[] labels) {
        return new KeyBatch(KeyRows.of(features.slice(), labels), null, false);
    }

    /** Makes a batch of keys of an array; see {@link #of(FloatBuffer, int[])}. */
    public static KeyBatch of(float[] features, int[] labels) {
        return of(FloatBuffer.wrap(features), labels);
    }

    /**
     * Makes a batch of keys of an array for each row; copies them.
     *
     * @throws IllegalArgumentException if the rows differ in length
     */
    public static KeyBatch of(float[][] features, int[] labels) {
        return of(UnitRows.concatenated(features), labels);
    }

    /**
     * Gives the keys names, such as the files that they were made from; {@link io.github.afterimage.answer.Neighbor#name} returns them. A name takes as many
     * bytes as its UTF-8 form; the first name of an index adds 8 bytes for each key.
     *
     * @param names one for each row, at most 1,024 bytes of UTF-8, enough for a path, without control characters; empty for a
     *     key without a name
     */
    public KeyBatch names(List<String> names) {
        return new KeyBatch(rows.with(new KeyDetails(names, rows.details().thumbnails())), request, reduced);
    }

    /**
     * Gives the keys thumbnails, small pictures that show what a key was made from; {@link CacheIndex#thumbnail} returns them.
     * The index stores the bytes as they are and never decodes them. A thumbnail takes its bytes, in memory and in the file; the
     * first one adds 8 bytes for each key.
     *
     * @param thumbnails one for each row, at most 4,096 bytes, which is enough for 32 x 32 pixels as PNG and for 64 x 64 as JPEG;
     *     empty for a key without a thumbnail
     */
    public KeyBatch thumbnails(List<byte[]> thumbnails) {
        return new KeyBatch(rows.with(new KeyDetails(rows.details().names(), thumbnails)), request, reduced);
    }

    /**
     * Names the request that adds these keys, so that it may be made again when its outcome is not known: after {@link
     * UnsavedChangeException}, or after the process or the machine failed. The keys of a request are added once. {@link
     * CacheIndex#add(KeyBatch) add} and {@link CacheIndex#replace replace} then return the ids of that time and change nothing,
     * even if the keys were removed since.
     *
     * <pre>{@code
     * try (CacheIndex index = new CacheIndexBuilder(2, 3).build()) {
     *     KeyBatch owls = KeyBatch.of(new float[] {1, 0}, new int[] {2}).requestId("3f2a7c");
     *     index.add(owls);
     *     System.out.println(index.add(owls).repeated()); // true, and the index has one key
     * }
     * }</pre>
     *
     * <p>A request is kept together with its keys: in the {@linkplain OpenOptions#log log} and, after a {@linkplain CacheIndex#save
     * save}, in the index file. An index remembers the newest requests, in 1 MiB: 16,912 with a UUID as id, 3,731 with ids of 255
     * bytes. An older one is forgotten, and adds its keys again. A request without keys is not remembered, and {@link
     * IndexPartWriter} remembers none.
     *
     * <p>A request with the same id and other features, labels, names or thumbnails is refused with {@link
     * RequestConflictException}.
     *
     * @param id 1 to 255 bytes of UTF-8 without control characters, such as a UUID; another one for each request
     * @throws IllegalArgumentException if it is not
     */
    public KeyBatch requestId(String id) {
        return new KeyBatch(rows, new Request(id, null), reduced);
    }

    /**
     * Names the request that adds these keys, like {@link #requestId(String)}, for keys that are not the same bit by bit when they
     * are made again, such as the activations of a network.
     *
     * @param digest a hash of what the keys are made from, the same each time: a request with the same id and another digest is
     *     refused
     * @throws IllegalArgumentException if the id breaks its rules
     */
    public KeyBatch requestId(String id, long digest) {
        return new KeyBatch(rows, new Request(id, digest), reduced);
    }

    /**
     * Says that the rows are reduced already, as {@link CacheReader#encode} reduces them: {@code (labels.length, keyDim)}, see {@link
     * IndexFormat#keyDim}.
     */
    public KeyBatch reduced() {
        return new KeyBatch(rows, request, true);
    }

    /**
     * Says that the rows come in groups of {@code count}, the views of a picture, such as the picture and its mirror image: {@code
     * (labels.length * count, dim)}. Labels, names and thumbnails are given once for each picture. The keys of a picture get one id,
     * and are listed, taken back and forgotten together. Each is a neighbor of its own of a query, so an id may be among the
     * neighbors several times.
     *
     * <pre>{@code
     * try (CacheIndex index = new CacheIndexBuilder(2, 3).build()) {
     *     float[] owlAndMirroredOwl = {1, 0, 0, 1};
     *     long owl = index.add(KeyBatch.of(owlAndMirroredOwl, new int[] {2}).views(2)).first();
     *     System.out.println(index.size() + " keys, " + index.remove(owl) + " picture removed");
     * }
     * }</pre>
     *
     * @param count 1 to 8
     * @throws IllegalArgumentException if it is not
     */
    public KeyBatch views(int count) {
        if (count < 1 || count > KeyRows.MOST_VIEWS) {
            throw new IllegalArgumentException("views " + count + ": expected 1 to " + KeyRows.MOST_VIEWS);
        }
        return new KeyBatch(rows.withViews(count), request, reduced);
    }

    /** Returns what encodes the rows: the encoder of an index, without its reduction if they are reduced. */
    RowEncoder encoder(RowEncoder ofIndex) {
        return reduced ? ofIndex.withoutReduction() : ofIndex;
    }

    private long digest() {
        ContentDigest digest = new ContentDigest().add(rows.features()).add(rows.labels());
        rows.details().names().forEach(name -> digest.add(name.getBytes(StandardCharsets.UTF_8)));
        rows.details().thumbnails().forEach(digest::add);
        return digest.value();
    }

    /** Returns the request that adds the keys, or null. */
    @Nullable
    RequestId request() {
        if (request == null) {
            return null;
        }
        return new RequestId(request.id, request.digest == null ? digest() : request.digest);
    }

    /** Number of pictures: of labels. */
    public int count() {
        return rows.pictures();
    }

    KeyRows rows() {
        KeyDetails details = rows.details();
        return rows.with(new KeyDetails(copy(details.names()), copy(details.thumbnails())));
    }

    /** Copies a list of the caller, which may be any code, because the store reads it under its lock. */
    private static <T> List<T> copy(List<T> list) {
        return Collections.unmodifiableList(new ArrayList<>(list));
    }

    @Override
    public String toString() {
        return "KeyBatch[" + count() + (rows.views() == 1 ? " keys]" : " pictures of " + rows.views() + " keys]");
    }
}
