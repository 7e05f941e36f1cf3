"""A child of the stock MultiLangDaemon: amazon_kclpy, with a checkpoint after each batch. See progress.ts."""
import os
import signal
import sys
import time

sys.path.insert(0, os.environ['KCLPY_FOLDER'])
from amazon_kclpy import kcl  # noqa: E402
from amazon_kclpy.v3 import processor  # noqa: E402

PROGRESS_FILE = os.environ['PROGRESS_FILE']


class Processor(processor.RecordProcessorBase):
    def initialize(self, initialize_input):
        self.shard = initialize_input.shard_id

    def process_records(self, process_records_input):
        records = process_records_input.records
        if not records:
            return
        size = 0
        for record in records:
            size += len(record.binary_data)
        with open(PROGRESS_FILE, 'a') as file:
            file.write('%d %s %d %d \n' % (time.time() * 1000, self.shard, len(records), size))
        process_records_input.checkpointer.checkpoint(records[-1].sequence_number)

    def lease_lost(self, lease_lost_input):
        pass

    def shard_ended(self, shard_ended_input):
        shard_ended_input.checkpointer.checkpoint()

    def shutdown_requested(self, shutdown_requested_input):
        shutdown_requested_input.checkpointer.checkpoint()


signal.signal(signal.SIGTERM, signal.SIG_IGN)
kcl.KCLProcess(Processor()).run()
