package io.github.afterimage.store;

import io.github.afterimage.platform.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The system's files, with a log of what was done to them; the operation of a given number fails. */
class RecordedDisk implements Disk {

    /** An operation on the disk. */
    sealed interface Operation {}

    /** A new file, numbered. */
    record Create(int number, String name) implements Operation {}

    record Write(int number, long position, byte[] bytes) implements Operation {}

    record Force(int number) implements Operation {}

    record Rename(String from, String to) implements Operation {}

    record Link(String name, String existing) implements Operation {}

    record Delete(String name) implements Operation {}

    record ForceFolder() implements Operation {}

    final List<Operation> log = new ArrayList<>();
    private final Map<Path, Integer> numbers = new HashMap<>();
    private int files;
    private int operations;
    private final int failing;

    RecordedDisk() {
        this(-1);
    }

    /** @param failing the number of the operation that finds the disk full, deletions not counted */
    RecordedDisk(int failing) {
        this.failing = failing;
    }

    /** Bytes written to index files; the journal, which has the names of some files, is not one. */
    long bytesWritten() {
        Set<Integer> journals = new HashSet<>();
        long bytes = 0;
        for (Operation operation : log) {
            if (operation instanceof Create create && create.name.endsWith(".saving")) {
                journals.add(create.number);
            } else if (operation instanceof Write write && !journals.contains(write.number)) {
                bytes += write.bytes.length;
            }
        }
        return bytes;
    }

    /** Returns true if the operation that is to fail was reached. */
    boolean failed() {
        return operations > failing;
    }

    private boolean isFull() {
        return operations++ == failing;
    }

    private void work() throws IOException {
        if (isFull()) {
            throw new IOException("No space left on device");
        }
    }

    @Override
    public FileChannel create(Path file) throws IOException {
        work();
        log.add(new Create(files, IndexFile.name(file)));
        numbers.put(file, files);
        return new Channel(SYSTEM.create(file), files++);
    }

    @Override
    public FileChannel open(Path file) throws IOException {
        work();
        return new Channel(SYSTEM.open(file), numbers.computeIfAbsent(file, unknown -> files++));
    }

    /** Finds room, but does not make the file longer. */
    @Override
    public void reserve(Path file, long from, long bytes) throws IOException {
        work();
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        work();
        SYSTEM.rename(from, to);
        log.add(new Rename(IndexFile.name(from), IndexFile.name(to)));
    }

    @Override
    public void link(Path name, Path file) throws IOException {
        work();
        SYSTEM.link(name, file);
        log.add(new Link(IndexFile.name(name), IndexFile.name(file)));
    }

    @Override
    public void delete(Path file) throws IOException {
        SYSTEM.delete(file);
        log.add(new Delete(IndexFile.name(file)));
    }

    @Override
    public void force(Path folder) throws IOException {
        work();
        SYSTEM.force(folder);
        log.add(new ForceFolder());
    }

    private final class Channel extends FileChannel {
        private final FileChannel channel;
        private final int number;

        Channel(FileChannel channel, int number) {
            this.channel = channel;
            this.number = number;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            if (isFull()) { // after as much as there was room for
                channel.write(source.slice(source.position(), source.remaining() / 2));
                throw new IOException("No space left on device");
            }
            byte[] bytes = new byte[source.remaining()];
            source.duplicate().get(bytes);
            log.add(new Write(number, channel.position(), bytes));
            int written = 0;
            while (source.hasRemaining()) {
                written += channel.write(source);
            }
            return written;
        }

        @Override
        public long position() throws IOException {
            return channel.position();
        }

        @Override
        public FileChannel position(long position) throws IOException {
            channel.position(position);
            return this;
        }

        @Override
        public void force(boolean metadata) throws IOException {
            work();
            channel.force(metadata);
            log.add(new Force(number));
        }

        @Override
        protected void implCloseChannel() throws IOException {
            channel.close();
        }

        @Override
        public int read(ByteBuffer target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long read(ByteBuffer[] targets, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(ByteBuffer target, long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int write(ByteBuffer source, long position) throws IOException {
            channel.position(position);
            return write(source);
        }

        @Override
        public long size() {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            channel.truncate(size);
            return this;
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferFrom(ReadableByteChannel source, long position, long count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long position, long size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock lock(long position, long size, boolean shared) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) {
            throw new UnsupportedOperationException();
        }
    }
}
