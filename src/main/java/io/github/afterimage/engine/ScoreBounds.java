package io.github.afterimage.engine;

import io.github.afterimage.binding.Native;
import io.github.afterimage.store.Keys;
import io.github.afterimage.store.Memory;

/** What the screen says of every score of some queries: centers and radii, both {@code (batch, size)} float32. */
final class ScoreBounds implements AutoCloseable {
    private final int batch;
    private final int size;
    private final Memory centers;
    private final Memory radii;

    ScoreBounds(int batch, int size) {
        this.batch = batch;
        this.size = size;
        long bytes = Math.multiplyExact((long) batch * size, Float.BYTES);
        centers = Memory.allocate(bytes);
        try {
            radii = Memory.allocate(bytes);
        } catch (RuntimeException e) {
            centers.close();
            throw e;
        }
    }

    /** Takes in these keys; other threads may take in others meanwhile. */
    void add(Keys keys, Queries queries, Workspace workspace) {
        long offset = keys.firstRow() * Float.BYTES;
        workspace.check(Native.afterimage_screen_scores(
                keys.screen(),
                keys.screenRow(),
                keys.count(),
                workspace.nativeQueries(queries),
                workspace
                        .scratch(Native.afterimage_screen_workspace_bytes(batch, queries.dim()))
                        .at(0),
                size,
                centers.floats(offset),
                radii.floats(offset),
                workspace.cancelled()));
    }

    void read(int query, float[] queryCenters, float[] queryRadii) {
        long offset = (long) query * size * Float.BYTES;
        centers.floats(offset).get(queryCenters);
        radii.floats(offset).get(queryRadii);
    }

    @Override
    public void close() {
        centers.close();
        radii.close();
    }
}
