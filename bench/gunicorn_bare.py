"""The production settings of gunicorn, without what the service adds to them."""

worker_class = "gthread"
workers = 2
threads = 16
preload_app = True
keepalive = 65
limit_request_field_size = 32768
control_socket_disable = True
worker_tmp_dir = "/dev/shm"  # noqa: S108
